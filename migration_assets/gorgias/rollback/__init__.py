"""The way back: what was written is taken back, and what people did with it since is kept.

It belongs here: plain code. The asset that looks at the target before the first write is gorgias/account_before; the
command and the jobs are in cli/ and orchestration/.
"""
