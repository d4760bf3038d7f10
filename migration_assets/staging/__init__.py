"""Stage 3: payload-ready rows. One file per Gorgias target; nothing here talks to an API."""
