"""Tuning: which parameters of a recipe do best on a past that ends where the recipe's own test begins."""
