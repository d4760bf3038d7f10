"""Stage 2: how Ivinex fields become Gorgias fields. Proposal, confirmation, and transforms as pure functions."""
