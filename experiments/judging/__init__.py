"""Judging a recipe: cuts through the data, lists for people, how good they are, for whom, and what leaks."""
