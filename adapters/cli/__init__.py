"""The command `streamfold`: the only room that prints."""
