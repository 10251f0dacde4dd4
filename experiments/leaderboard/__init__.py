"""The leaderboard: our recipes and other people's recommenders, on the same past, candidates and people."""
