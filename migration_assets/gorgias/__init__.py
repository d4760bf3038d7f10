"""Stage 4: writes to Gorgias, one file per target, all through the gate. It reads staged rows only."""
