"""How the tables came to be what they are: one revision after the other (`migrating.py` runs them)."""
