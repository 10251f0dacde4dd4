"""How models are made and compared: recipes, backtests, tracked runs, benchmarks; not used to serve."""
