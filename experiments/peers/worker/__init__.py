"""The peers' side, run by `python -m worker` inside .venv-peers, where nothing of this project is installed.

It imports NumPy, SciPy and itself, and each peer its own library by name when its turn comes, so that tests
can read these files without any of those libraries.
"""
