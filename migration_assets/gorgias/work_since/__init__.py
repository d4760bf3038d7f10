"""What was done in Gorgias since the load, for a shop that goes back to Ivinex: read, never written.

It belongs here: finding it (look.py), its rows (rows.py), ids of Ivinex (source_ids.py), files. It does not: rollback,
which keeps that work in Gorgias.
"""
