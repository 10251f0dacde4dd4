"""Whether the data have moved since a model was trained, and whether to train again."""
