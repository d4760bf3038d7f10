"""The migration from Ivinex to Gorgias: its stages, jobs and command.

It belongs here: what has to be said before anything else is imported. It does not: anything else.
"""

import os

# OpenBLAS reads it when numpy is imported. The products of the proposer *meaning* are small, and threads that wait for
# one another on them took up to twice the CPU of one (its own `threads=1` asks for a package that is not there).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
