"""Stage 5: does everything balance, and does Gorgias hold what was sent?"""
