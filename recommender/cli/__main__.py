"""`python -m recommender.cli` is the same as `recommender`."""

from recommender.cli.app import main

main()
