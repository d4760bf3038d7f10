"""Before a load: what the account would do by itself to what is written, and what a person decided.

account.py reads, points.py names, decisions.py asks the ledger, switching.py switches off and restores, loading.py is
the frame in which every load writes, and preflight_report.py what the UI shows of it.
"""
