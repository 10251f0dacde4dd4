"""Promotion as data: which model is served is decided by the gate of its recipe, and can be undone."""
