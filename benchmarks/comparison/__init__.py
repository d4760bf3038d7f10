"""The same job by a plain script and by dlt, on the same sandbox."""
