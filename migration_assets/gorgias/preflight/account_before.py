"""gorgias/account_before: the target as it was before the first write, as ids and digests.

A rollback is held against it: what was there is never deleted, and afterwards it must be there as it was. It belongs
here: looking once. It does not: reading the lists (rollback/target_image.py).
"""

SAID_EVERY = 10_000
