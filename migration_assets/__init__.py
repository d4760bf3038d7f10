"""The migration from Ivinex to Gorgias: its stages, jobs and command.

It belongs here: what has to be said before anything else is imported. It does not: anything else.
"""

import gc
import os

# Imports make a million objects that stay. Looking through them for garbage at each 700 new ones, as Python does, was
# 0.5 of the 2.9 s that loading the definitions takes; at each 10,000 the memory is the same.
gc.set_threshold(10_000, 20, 20)

# OpenBLAS reads it when numpy is imported. The products of the proposer *meaning* are small, and threads that wait for
# one another on them took up to twice the CPU of one (its own `threads=1` asks for a package that is not there).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
