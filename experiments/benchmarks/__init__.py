"""One benchmark per file: each takes the folder of public data and returns a page of results."""
