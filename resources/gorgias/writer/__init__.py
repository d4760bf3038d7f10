"""The only way to write to Gorgias: intent before request, one outcome for each write."""
