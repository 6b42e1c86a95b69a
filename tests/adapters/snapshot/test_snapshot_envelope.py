"""The version and the type that a snapshot is stored under, and values that cannot be stored."""

import re
from typing import Any

import pytest
from attrs import evolve, frozen
from streamfold.adapters.snapshot import SnapshotError, dumps, unstructure
from streamfold.adapters.snapshot.stored_types import name_of
from streamfold.reducer import Ended, Undecodable, chat, inner_thoughts, responses
from streamfold.reducer.completions.chunk import Chunk
from streamfold.reducer.diagnostics import Diagnostic
from streamfold.reducer.responses.event import Event
from streamfold.reducer.result import TextPart
from support.adapters.results import result_of
from support.adapters.stored_values import STATE
from support.law_checks import MESSAGE_ID


def test_a_state_is_stored_under_its_wire() -> None:
    for machine in (chat, inner_thoughts, responses):
        state, _ = machine.start(machine.Config(message_id=MESSAGE_ID))
        assert unstructure(state)["type"] == f"{machine.__name__.rpartition('.')[2]}.State"


def test_what_is_not_stored_has_no_name() -> None:
    assert name_of(5) == ""


def test_a_snapshot_is_one_line_without_a_space() -> None:
    assert re.fullmatch(rb'{"streamfold":2,"type":"Ended","value":{},"checksum":"[0-9a-f]{8}"}', dumps(Ended()))


def test_a_chunk_is_stored_under_its_wire() -> None:
    assert unstructure(Chunk())["type"] == "chat.Chunk"
    assert unstructure(Event(type="x"))["type"] == "responses.Chunk"


@frozen(kw_only=True)
class OwnConfig(chat.Config):
    """An application's own."""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (5, "there are no snapshots of int"),
        (TextPart("a"), "there are no snapshots of TextPart"),
        (Diagnostic("ignored", "x"), "there are no snapshots of Diagnostic"),
        (evolve(STATE, config=OwnConfig(message_id=MESSAGE_ID)), "there are no snapshots of State"),
        (evolve(STATE, config=responses.Config(message_id=MESSAGE_ID)), "there are no snapshots of State"),
        (Chunk(choices=5), "no snapshot of this chat.Chunk: 'int' object is not iterable"),
        (
            result_of(content=(OwnConfig(message_id=MESSAGE_ID),)),
            "no snapshot of this Result: <class '" + __name__ + ".OwnConfig'>",
        ),
        (Undecodable(b"x"), "no snapshot of this Undecodable: Object of type bytes is not JSON serializable"),
        (
            Undecodable(float("nan")),
            "no snapshot of this Undecodable: Out of range float values are not JSON compliant",
        ),
    ],
)
def test_what_cannot_be_stored_is_refused(value: Any, words: str) -> None:
    with pytest.raises(SnapshotError) as caught:
        dumps(value)
    assert str(caught.value).startswith(words)
