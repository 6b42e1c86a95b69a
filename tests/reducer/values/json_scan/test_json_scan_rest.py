"""Members that are not chosen, after those that are: told as the rest, wherever the text is cut."""

import json

import pytest
from streamfold.reducer.values.json_scan import close, feed, start
from support.json_texts import join
from support.scans import rest_of, said_of


def cut_at(text: str, at: int) -> str:
    """The rest that is said of a text in two pieces."""
    scan, said = feed(start(("thinking",)), text[:at])
    scan, more = feed(scan, text[at:])
    return rest_of(join(said_of([*said, *more, *close(scan)[1]])))


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1, "thinking":"x", "b":2, "c":3, "thinking":"y", "d":"e","f":4}',
        '{"a":"b","c":"d","thinking":"x","e":"f","g":"h","i":"j"}',
    ],
)
def test_members_of_the_rest_after_chosen_ones_are_told_at_every_cut(text: str) -> None:
    told = {cut_at(text, at) for at in range(len(text) + 1)}
    assert len(told) == 1
    rest = {name: value for name, value in json.loads(text).items() if name != "thinking"}
    assert json.loads(told.pop()) == rest
