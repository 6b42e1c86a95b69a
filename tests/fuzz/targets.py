"""What is fuzzed: functions of bytes that return nothing, and raise where something is wrong. No fuzzer is needed."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from attrs import has
from streamfold.adapters import snapshot, wire
from streamfold.adapters.cassette import format as cassette
from streamfold.adapters.errors import FrameTooLong
from streamfold.adapters.snapshot.envelope import sealed
from streamfold.adapters.wire import tolerant
from streamfold.adapters.wire.sse import Frame, Framer
from streamfold.reducer import Ended, fold
from streamfold.reducer.completions.chunk import Chunk
from streamfold.reducer.responses.event import Event
from streamfold.reducer.values import json_scan
from streamfold.reducer.values.json_status import json_status
from support.law_checks import MESSAGE_ID

from fuzz.growth import check_growth
from fuzz.limits import check_limits
from fuzz.oracles import MACHINES, is_json, scanned
from fuzz.snapshots import chunks_to_go_on_with
from fuzz.streams import check_by_the_laws, check_stream

Target = Callable[[bytes], None]

_CHOSEN: tuple[tuple[str, ...], ...] = (("thinking",), ("thinking", "message"), (), ("",))
_EVENTS = ("", "error", "response.created", "response.output_text.delta")


def check_snapshot(given: bytes) -> None:
    """Bytes that are no snapshot are refused in one line; what is one, goes round, and a state folds on."""
    for reads in (given, given.decode("utf-8", "replace"), resealed(given)):
        try:
            value = snapshot.loads(reads)
        except snapshot.SnapshotError as error:
            check_words(error)
            continue
        text = snapshot.dumps(value)
        again = snapshot.loads(text)
        if not isinstance(value, (Chunk, Event)):  # a chunk has its JSON as it came, numbers beyond all bounds included
            assert again == value
            assert hash(again) == hash(value)
        assert snapshot.dumps(again) == text
        for name, machine in MACHINES.items():
            if isinstance(value, machine.State) and isinstance(value.config, machine.Config):
                machine.result(machine.finish(value, Ended())[0])
                for chunks in chunks_to_go_on_with(name):
                    machine.result(fold_on(machine, value, chunks))


def fold_on(machine: Any, state: Any, chunks: Sequence[Any]) -> Any:
    """The state after these chunks and the end."""
    for chunk in chunks:
        state, _ = machine.step(state, chunk)
    return machine.finish(state, Ended())[0]


def resealed(given: bytes) -> bytes:
    """A snapshot that was changed, with the checksum of what it says now: else hardly any change would be looked at."""
    try:
        data = json.loads(given)
        return json.dumps(sealed(data)).encode() if isinstance(data, dict) else given
    except (ValueError, KeyError, RecursionError):
        return given


def check_words(error: Exception) -> None:
    """An error says what is wrong in one short line, and hides no other error."""
    words = str(error)
    assert words
    assert len(words.splitlines()) == 1
    assert len(words) <= 500
    assert error.__cause__ is None


def check_cassette(given: bytes) -> None:
    """Bytes that are no cassette are refused in one line; what is one, is replayed as any wire and as a body."""
    try:
        tape = cassette.read_cassette(wire.frames([given]), "a tape")
    except cassette.CassetteError as error:
        check_words(error)
        return
    frames = tape.frames()
    for name in wire.WIRES:
        parts = [[chunk for _, chunk in made] for _, made in tape.parts(name)]  # one frame may hold several
        chunks = list(tape.chunks(name))
        assert len(parts) == len(frames)
        assert chunks == [chunk for made in parts for chunk in made]
        assert all(parts)
        fold(MACHINES[name], MACHINES[name].Config(message_id=MESSAGE_ID), chunks, tape.end)
    pauses: list[float] = []
    assert list(cassette.replay(tape, 2.0, pauses.append)) == list(tape.chunks())
    assert all(pause > 0 for pause in pauses)
    kept = [(re.sub(rb"\r\n|\r", b"\n", frame.data), frame.event) for frame in frames if not frame.dropped]
    said = [data for data, event in kept if data.strip() or event == "error"]  # that says something without data
    assert [frame.data for frame in wire.frames([tape.body()])] == said


def check_json(given: bytes) -> None:
    """The scanner and the judge of JSON against Python's reader, on a text that is cut at one place."""
    head, text = given[:2].ljust(2, b"0"), text_of(given[2:])
    chosen = _CHOSEN[head[0] % len(_CHOSEN)]
    at = head[1] % (len(text) + 1)
    scan, pieces = json_scan.feed(json_scan.start(chosen), text[:at])
    scan, more = json_scan.feed(scan, text[at:])
    scan, last = json_scan.close(scan)
    split: dict[str | None, str] = {}
    for key, piece, _ in (*pieces, *more, *last):
        split[key] = split.get(key, "") + piece
    assert split == scanned(text, chosen)
    verdict, valid = json_status(text), is_json(text)
    assert valid is None or (verdict == "complete") == valid
    before = json_status(text[:at])
    assert not (before == "invalid" and verdict != "invalid")
    if verdict == "complete" and valid:
        check_members(text, chosen, split)
    elif not chosen:
        assert split.get(None, "") == text


def text_of(given: bytes) -> str:
    """Bytes as text, halves of surrogate pairs included."""
    try:
        return given.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return given.decode("utf-8", "replace")


def check_members(text: str, chosen: tuple[str, ...], split: dict[str | None, str]) -> None:
    """What was split off an object, and what is left of it, are its members as Python reads them."""
    members = _members(text)
    if not text.lstrip(" \t\n\r").startswith("{"):
        assert split.get(None, "") == text
        return
    taken = [(key, value) for key, value in members if key in chosen and isinstance(value, str)]
    joined: dict[str | None, str] = {}
    for key, value in taken:
        joined[key] = joined.get(key, "") + value
    rest = split.pop(None, "")
    assert joined == {**dict.fromkeys(joined, ""), **split}
    assert Counter(map(repr, _members(rest))) + Counter(map(repr, taken)) == Counter(map(repr, members))


def _members(text: str) -> Any:
    """A text's value, its objects as lists of pairs; numbers as they are written, since Python refuses the longest."""

    def number(digits: str) -> tuple[str, str]:
        return "number", digits

    return json.loads(text, object_pairs_hook=list, parse_int=number, parse_float=number)


def check_framer(given: bytes) -> None:
    """Within a limit a body's frames are what they are without, or those before the first that is too long."""
    head, body = given[:2].ljust(2, b"0"), given[2:]
    limit, size = 1 + 4 * head[0], 1 + head[1] % 32
    whole = list(wire.frames([body]))
    for pieces in ([body], [body[at : at + size] for at in range(0, len(body), size)]):
        framer, found, refused = Framer(limit), list[Frame](), False
        try:
            for piece in pieces:
                found += framer.feed(piece)
            found += framer.close()
        except FrameTooLong as error:
            check_words(error)
            refused = True
        assert found == (whole[: len(found)] if refused else whole)
        assert all(len(frame.data) <= limit for frame in found)


def check_tolerant(given: bytes) -> None:
    """Decoded JSON into chunks, whose fields are what they are declared to be, and which every fold survives."""
    event = _EVENTS[given[0] % len(_EVENTS)] if given else ""
    try:
        value = json.loads(given[1:])
    except (ValueError, RecursionError):
        return
    for made in (tolerant.completion_chunk(value, event), tolerant.event_chunk(value, event)):
        check_fields(made)
        for machine in MACHINES.values():
            config = machine.Config(message_id=MESSAGE_ID)
            fold(machine, config, [made, made])


def check_fields(made: Any) -> None:
    """A chunk's fields hold what their types say, all the way down."""
    for name, kind in get_type_hints(type(made)).items():
        value = getattr(made, name)
        if kind is not Any:
            assert is_of(value, kind), (name, value)
            for member in value if isinstance(value, tuple) else (value,):
                if has(type(member)):
                    check_fields(member)


def is_of(value: Any, kind: Any) -> bool:
    """Whether a value is of a type as the chunks have them: a class, None, a union, or a tuple of any length."""
    if isinstance(kind, UnionType):
        return any(is_of(value, one) for one in get_args(kind))
    if get_origin(kind) is tuple:
        return type(value) is tuple and all(is_of(member, get_args(kind)[0]) for member in value)
    return type(value) is kind


TARGETS: dict[str, Target] = {
    "chat": partial(check_stream, "chat"),
    "inner_thoughts": partial(check_stream, "inner-thoughts"),
    "responses": partial(check_stream, "responses"),
    "laws": check_by_the_laws,
    "growth": check_growth,
    "limits": check_limits,
    "snapshot": check_snapshot,
    "cassette": check_cassette,
    "framer": check_framer,
    "json": check_json,
    "tolerant": check_tolerant,
}
"""Each target by its name, which is also that of its folder of seeds."""
