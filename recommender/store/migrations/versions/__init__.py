"""The revisions, each a file of its own that no later change of `tables.py` reaches."""
