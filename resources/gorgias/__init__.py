"""The Gorgias account: a reader that cannot write, and the gate through which every write goes."""
