"""The pages for people, a file for each; a new one is included in `all_pages.py` by one line."""
