"""A local Ivinex: both API dialects over one dataset folder, with every unpublished answer as a named switch.

Depends on nothing of the migration itself, so that it can contradict it. The dataset's form is in docs/sandbox.md.
"""
