"""What the folds of all wires share: how a state changes, how messages are made, what is known beside the deltas."""
