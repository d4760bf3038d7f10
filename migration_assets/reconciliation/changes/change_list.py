"""reconciliation/change_list: after a sweep, which records changed since they were loaded.

It belongs here: the asset. It does not: how a change is found (change_detection.py).
"""

GONE = "deleted at the source, kept in Gorgias"
STAGE = "change_list"
CHANGE_LIST_RECORDED_AS = {"tickets": "tickets", "customers": "contacts"}
