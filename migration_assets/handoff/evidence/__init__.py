"""The evidence pack: the folder `handoff/` closed by a signed statement, and the offline check of such a folder.

No Dagster, no ledger, no network. The asset is handoff/evidence_pack; the page for readers is docs/evidence.md.
"""
