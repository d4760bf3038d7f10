"""Files of messages: uploaded, referred to, and added later."""
