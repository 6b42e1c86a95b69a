"""What is no snapshot is refused in one line that says what is wrong, and where."""

from typing import Any

import pytest
from cattrs import errors
from streamfold.adapters.snapshot import SnapshotError, dumps, loads, structure
from streamfold.adapters.snapshot.refusals import located, one_line
from streamfold.reducer import Ended
from streamfold.reducer.doubts import Doubt
from streamfold.reducer.messages import ToolCallClosed
from streamfold.reducer.result import Result
from support.adapters.stored_values import CONFIG, STATE, data_of
from support.law_checks import MESSAGE_ID


def stored(name: Any, value: Any) -> dict[str, Any]:
    return {"streamfold": 2, "type": name, "value": value, "checksum": "0"}


CONFIG_DATA = {"type": "chat.Config", "message_id": MESSAGE_ID}
REFUSALS: dict[str, tuple[Any, str]] = {
    "no object": ([], "not a snapshot: a list instead of an object"),
    "null": (None, "not a snapshot: null instead of an object"),
    "no version": ({"type": "Done"}, 'not a snapshot: it has no version (under "streamfold")'),
    "a newer version": (
        {"streamfold": 3, "type": "Done", "value": {}},
        "a snapshot of version 3, by a newer streamfold; this one reads 2",
    ),
    "an older version": ({"streamfold": 0}, "a snapshot of version 0, by an older streamfold; this one reads 2"),
    "a far version": (
        {"streamfold": 10**5000},
        "a snapshot of version a long number, by a newer streamfold; this one reads 2",
    ),
    "a version that is text": (
        {"streamfold": "1"},
        "a snapshot of unknown version '1'; this streamfold reads 2",
    ),
    "a version that is true": ({"streamfold": True}, "a snapshot of unknown version True; this streamfold reads 2"),
    "no type": (
        {"streamfold": 2, "value": {}},
        "a snapshot (version 2) has streamfold, type, value and checksum, not 'streamfold', 'value'",
    ),
    "more members": (
        {"streamfold": 2, "type": "Done", "value": {}, "x": 1},
        "a snapshot (version 2) has streamfold, type, value and checksum, not 'streamfold', 'type', 'value', 'x'",
    ),
    "no checksum": (
        {"streamfold": 2, "type": "Done", "value": {}},
        "a snapshot (version 2) has streamfold, type, value and checksum, not 'streamfold', 'type', 'value'",
    ),
    "another checksum": (
        stored("Done", {}),
        "Done (version 2): it has another checksum: this is not what was stored",
    ),
    "a chunk's member that is no JSON": (
        stored("chat.Chunk", {"usage": b"x"}),
        "chat.Chunk (version 2): value: Object of type bytes is not JSON serializable",
    ),
    "a long version": (
        {"streamfold": 1 << 299},
        f"a snapshot of version {str(1 << 299)[:60]}…, by a newer streamfold; this one reads 2",
    ),
    "text of sixty characters": (
        data_of(STATE, chunks="3" * 58),
        f"chat.State (version 2): value.chunks: must be a whole number, not '{'3' * 58}'",
    ),
    "a place that is not there": (
        data_of(STATE, calls={"keys": [[[0, 1]]]}),
        "chat.State (version 2): value.calls.keys: must be places of lanes",
    ),
    "an unknown type": (
        stored("chat.Stat", {}),
        "a snapshot (version 2) of unknown type 'chat.Stat'",
    ),
    "a type that is only a part": (
        stored("TextPart", {}),
        "a snapshot (version 2) of unknown type 'TextPart'",
    ),
    "a type that is no text": (
        stored(["Done"], {}),
        "a snapshot (version 2) of unknown type a list",
    ),
    "a value that is no object": (
        stored("Done", []),
        "Done (version 2): value: must be an object, not a list",
    ),
    "a missing field": (
        stored("Undecodable", {}),
        "Undecodable (version 2): value.reason: is missing",
    ),
    "an unknown field": (data_of(STATE, colour="red"), "chat.State (version 2): value: unknown 'colour'"),
    "text for a number": (
        data_of(STATE, chunks="3"),
        "chat.State (version 2): value.chunks: must be a whole number, not '3'",
    ),
    "an object for a number": (
        data_of(STATE, chunks={}),
        "chat.State (version 2): value.chunks: must be a whole number, not an object",
    ),
    "true for a number": (
        data_of(STATE, chunks=True),
        "chat.State (version 2): value.chunks: must be a whole number, not True",
    ),
    "a fraction for a number": (
        data_of(STATE, chunks=1.0),
        "chat.State (version 2): value.chunks: must be a whole number, not 1.0",
    ),
    "a number for a truth": (
        data_of(STATE, omitted=1),
        "chat.State (version 2): value.omitted: must be true or false, not 1",
    ),
    "a number for text": (data_of(STATE, text=5), "chat.State (version 2): value.text: must be text, not 5"),
    "text for a list": (
        data_of(STATE, envelope={"finish_reasons": "stop"}),
        "chat.State (version 2): value.envelope.finish_reasons: must be a list, not 'stop'",
    ),
    "text for an object": (
        data_of(Result(), extras="x"),
        "Result (version 2): value.extras: must be an object, not 'x'",
    ),
    "text for the members that no fold reads": (
        data_of(STATE, calls={"lanes": {"lane": {"position": 0, "extras": "x"}}}),
        "chat.State (version 2): value.calls.lanes.lane.extras: must be an object, not 'x'",
    ),
    "a number in a set of names": (
        data_of(CONFIG, requires_approval_tools=["f", 5]),
        "chat.Config (version 2): value.requires_approval_tools[1]: must be text, not 5",
    ),
    "text for a set of names": (
        data_of(CONFIG, requires_approval_tools="f"),
        "chat.Config (version 2): value.requires_approval_tools: must be a list, not 'f'",
    ),
    "a doubt of no kind": (
        data_of(ToolCallClosed(MESSAGE_ID, None, None, "c"), doubts=[{"doubt": "odd"}]),
        "ToolCallClosed (version 2): value.doubts[0].doubt: must be one of "
        + ", ".join(sorted(repr(doubt.value) for doubt in Doubt))
        + ", not 'odd'",
    ),
    "a wrong entry of a list": (
        data_of(STATE, envelope={"finish_reasons": ["stop", None]}),
        "chat.State (version 2): value.envelope.finish_reasons[1]: must be text, not null",
    ),
    "a key that is none": (
        data_of(STATE, calls={"keys": [[[0, 0]], [[None, 1]]]}),
        "chat.State (version 2): value.calls.keys[1][0][0]: must be a whole number or text, not null",
    ),
    "a key that is true": (
        data_of(STATE, calls={"keys": [[[True, 0]]]}),
        "chat.State (version 2): value.calls.keys[0][0][0]: must be a whole number or text, not True",
    ),
    "a key in pieces that are none": (
        data_of(STATE, calls={"keys": [[[["x", 1], 0]]]}),
        "chat.State (version 2): value.calls.keys[0][0][0]: must be a whole number or text, not 1",
    ),
    "an entry without its value": (
        data_of(STATE, calls={"keys": [[[0]]]}),
        "chat.State (version 2): value.calls.keys[0][0]: must have 2 entries, not 1",
    ),
    "deep inside": (
        data_of(STATE, calls={"lanes": {"at": 0, "lane": {"position": 0, "kind": "odd"}, "size": 1}}),
        "chat.State (version 2): value.calls.lanes.lane.kind: must be one of 'custom', 'function', not 'odd'",
    ),
    "an end of no kind": (
        data_of(STATE, end={"error": "x"}),
        "chat.State (version 2): value.end: must be of a type that is one of 'Cancelled', 'Ended', 'Failed', not null",
    ),
    "an end of another kind": (
        data_of(STATE, end={"type": "Done"}),
        "chat.State (version 2): value.end: "
        "must be of a type that is one of 'Cancelled', 'Ended', 'Failed', not 'Done'",
    ),
    "no config": (
        data_of(STATE, config=None),
        "chat.State (version 2): value.config: must be an object, not null",
    ),
    "another wire's config": (
        data_of(STATE, config=CONFIG_DATA | {"type": "inner_thoughts.Config"}),
        "chat.State (version 2): value.config is that of another wire",
    ),
    "a config's field": (
        data_of(STATE, config=CONFIG_DATA | {"think_tags": "closed"}),
        "chat.State (version 2): value.config: think_tags must be true, false or \"opened\", not 'closed'",
    ),
    "a config's id": (
        data_of(CONFIG, message_id="x"),
        "chat.Config (version 2): value: message_id must be a UUID, with or without the prefix \"message-\", not 'x'",
    ),
    "a run's id": (
        data_of(STATE, run={"id": "x"}),
        'chat.State (version 2): value.run: message_id must be a UUID, with or without the prefix "message-",'
        " not 'x'",
    ),
    "no number": (
        data_of(Result(), extras={"a": [1, float("nan")]}),
        "Result (version 2): value.extras: must be JSON, not nan",
    ),
    "no JSON": (data_of(Result(), extras={"a": b"x"}), "Result (version 2): value.extras: must be JSON, not b'x'"),
    "much text": (
        data_of(STATE, chunks="3" * 1000 + "\n"),
        f"chat.State (version 2): value.chunks: must be a whole number, not '{'3' * 59}…",
    ),
    "many fields": (
        data_of(STATE, **{f"field\n{number}": 1 for number in range(100)}),
        "chat.State (version 2): value: unknown 'field\\n0', 'field\\n1', 'field\\n10', 'field\\n11', 'field\\n12', "
        "'field\\n13', 'field\\n14', 'field\\n15', 'field\\n16', 'field\\n17', 'field\\n18', 'field\\n19', "
        "'field\\n2', 'field\\n20', 'field\\n21', 'field\\n22', 'field\\n23', 'field\\n24', 'field\\n25', "
        "'field\\n26', 'fi…",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_no_snapshot_is_refused_in_one_line(case: str) -> None:
    data, words = REFUSALS[case]
    with pytest.raises(SnapshotError) as caught:
        structure(data)
    assert str(caught.value) == words
    assert "\n" not in words
    assert isinstance(caught.value, ValueError)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_default_may_be_there_all_the_same() -> None:
    assert structure(data_of(STATE, chunks=0, end=None, tags=None, calls={"keys": [], "undecided": -1})) == STATE


def test_a_note_that_is_not_of_cattrs_says_nothing_of_the_place() -> None:
    leaf = ValueError("wrong")
    leaf.add_note("by somebody else")
    assert located(errors.IterableValidationError("", [leaf], list)) == ("value", "wrong")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a snapshot: not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("{", "not a snapshot: not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (b"\xff", "not a snapshot: not JSON: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        ("NaN", "not a snapshot: not JSON: NaN is no JSON"),
        ("[1]", "not a snapshot: a list instead of an object"),
    ],
)
def test_bytes_that_are_no_snapshot_are_refused(data: bytes | str, words: str) -> None:
    with pytest.raises(SnapshotError) as caught:
        loads(data)
    assert str(caught.value) == words


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(
        SnapshotError, match=r"^chat.Chunk \(version 2\): value: Out of range float values are not JSON"
    ):
        structure(stored("chat.Chunk", {"error": float("nan")}))


def test_an_error_of_three_hundred_characters_is_whole() -> None:
    assert one_line("x" * 300) == "x" * 300
    assert one_line("x" * 301) == "x" * 299 + "…"


class Long(str):
    """Text that says that it is longer than it is."""

    length = 0

    def __len__(self) -> int:
        return self.length


def test_a_snapshot_has_256_mebibytes_at_most() -> None:
    data = Long(dumps(Ended()).decode())
    data.length = 256 << 20
    with pytest.raises(SnapshotError, match=r"^not a snapshot: not JSON: Extra data"):
        loads(data)  # it is read
    data.length += 1
    with pytest.raises(SnapshotError, match=r"^longer than 268,435,456 bytes"):
        loads(data)


def test_a_snapshot_that_is_too_long_is_not_read() -> None:
    stored = dumps(Ended())
    assert loads(stored, limit=len(stored)) == Ended()
    with pytest.raises(SnapshotError, match=rf"^longer than {len(stored) - 1} bytes, the limit for a snapshot: "):
        loads(stored, limit=len(stored) - 1)
