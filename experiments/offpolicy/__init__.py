"""Off-policy: what a model would bring that never answered anybody, told from a ledger."""
