"""The format is that of the snapshots that were stored, and no stored class has changed."""

import json

import pytest
from streamfold.adapters.snapshot import structure, unstructure
from support.adapters.stored_format import GOLDEN, RAISE, STORED, all_fields, corners


@pytest.mark.parametrize("file", GOLDEN)
def test_the_format_is_that_of_the_stored_snapshots(file: str) -> None:
    stored = json.loads((STORED / file).read_text("ascii"))
    state = corners(GOLDEN[file])
    assert unstructure(state) == stored, RAISE
    assert structure(stored) == state


def test_no_stored_class_has_changed() -> None:
    """A field that comes or goes, or another default, changes what old snapshots say, even those that lack it."""
    stored = json.loads((STORED / "fields.json").read_text("ascii"))
    assert all_fields() == stored, RAISE
