"""Bodies of messages: made safe, with their images and links pointed at what was moved."""
