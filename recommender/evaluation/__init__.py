"""How good a ranking is: metrics with one value per person, and intervals over the people."""
