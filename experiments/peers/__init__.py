"""What a team would use instead, each peer at its best: run apart, in an environment of their own."""
