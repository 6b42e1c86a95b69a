"""Coverage-guided fuzzing: bytes through the wire, the folds and the snapshots. `python tests/fuzz/run.py` runs it."""
