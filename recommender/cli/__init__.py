"""The `recommender` command: one file per sub-command, registered here."""

from recommender.cli.app import app, main

__all__ = ["app", "main"]
