"""Law 9: whatever a fold can hold or say is stored and comes back equal, and a state goes on as if nothing happened."""

import json
import types
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import attrs
import pytest
from attrs import evolve, frozen
from cattrs import errors
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.adapters.snapshot import SnapshotError, dumps, loads, structure, unstructure
from streamfold.adapters.snapshot.refusals import located
from streamfold.adapters.snapshot.stored_types import TYPES
from streamfold.reducer import Cancelled, Done, Ended, Failed, Undecodable, chat, fold, inner_thoughts, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.config import BaseConfig, CompletionsConfig
from streamfold.reducer.diagnostics import Diagnostic
from streamfold.reducer.ends import End
from streamfold.reducer.messages import AssistantMessage, Message, ServerToolMessage
from streamfold.reducer.otid import RunCursor, initial_cursor
from streamfold.reducer.responses.event import Event
from streamfold.reducer.result import Result
from streamfold.reducer.stream_error import StreamError
from streamfold.reducer.usage import Usage
from streamfold.reducer.values.json_values import FrozenObject, freeze
from streamfold.reducer.values.persistent import PersistentMap, PersistentVector
from streamfold.reducer.values.text import Text, text
from support.alphabets import called
from support.json_texts import json_values
from support.law_checks import MESSAGE_ID
from support.walk import WORLDS, World

HERE = Path(__file__).parents[1]
ENDS = (Ended(), Cancelled(), Failed("boom"), Failed("context_length_exceeded"))
RAISE = """The format has changed: raise VERSION in adapters/snapshot/envelope.py, say so in the CHANGELOG,
then run `python tests/adapters/test_snapshot.py` to rewrite tests/snapshots."""
worlds = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)

# Half a surrogate pair is text too: a provider's escapes, or a cut, may leave one.
any_text = st.text(st.characters(exclude_categories=()), max_size=8)


def row_of(values: list[Any]) -> PersistentVector[Any]:
    row: PersistentVector[Any] = PersistentVector()
    for position, value in enumerate(values):
        row = row.put(position, value)
    return row


def built(of: Any, opaque: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of a type, read from its annotations; `opaque` is for JSON that the core does not read."""
    origin, args = get_origin(of), get_args(of)
    simple = {str: any_text, int: st.integers(), bool: st.booleans(), type(None): st.none(), Any: opaque}
    if of in simple:
        return simple[of]
    if of is object:
        return opaque
    if of is FrozenObject:
        return st.dictionaries(any_text, json_values, max_size=2).map(freeze)
    if of is Text:
        return (any_text | st.integers(4090, 9000).map(lambda count: "é" * count)).map(text)
    if of is RunCursor:
        names = st.lists(st.sampled_from(["assistant_message", "tool_call_message", "approval_request_message"]))
        return names.map(run_of)
    if of in (BaseConfig, CompletionsConfig):
        of = responses.Config if of is BaseConfig else chat.Config | inner_thoughts.Config
        return built(of, opaque)
    if of == frozenset[str]:
        return st.frozensets(any_text, max_size=3)
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, types.UnionType):
        return st.one_of([built(arg, opaque) for arg in args])
    if origin is tuple:
        if args[-1] is ...:
            return st.lists(built(args[0], opaque), max_size=2).map(tuple)
        return st.tuples(*(built(arg, opaque) for arg in args))
    if origin is PersistentMap:
        keys = st.integers() | any_text
        layer = st.dictionaries(keys, built(args[0], opaque), min_size=1, max_size=2).map(FrozenObject)
        return st.lists(layer, max_size=2).map(lambda layers: PersistentMap(tuple(layers)))
    if origin is PersistentVector:
        return st.lists(built(args[0], opaque), max_size=2).map(row_of)
    fields = {field.name: built(of_field(field.type, args), opaque) for field in attrs.fields(origin or of)}
    if "message_id" in fields:
        fields["message_id"] = st.just(MESSAGE_ID)
    return st.builds(origin or of, **fields)


def of_field(of: Any, args: tuple[Any, ...]) -> Any:
    """A field's type, with a generic class's own argument in the place of its variable."""
    if isinstance(of, TypeVar):
        return args[0]
    parameters = getattr(of, "__parameters__", ())
    return of[args * len(parameters)] if parameters else of


def run_of(names: list[str]) -> RunCursor:
    run = initial_cursor(MESSAGE_ID, "run-1", None)
    for name in names:
        run = run.enter(name)
    return run


def check(value: Any) -> None:
    """By way of `unstructure` alone, of any JSON, and of `dumps`: the same."""
    data = unstructure(value)
    stored = dumps(value)
    assert json.loads(stored) == data
    for came in (structure(data), structure(json.loads(json.dumps(data))), loads(stored.decode())):
        assert came == value
        assert type(came) is type(value)
    assert is_plain(data)


def is_plain(data: Any) -> bool:
    if type(data) is dict:
        return all(type(key) is str and is_plain(member) for key, member in data.items())
    return all(map(is_plain, data)) if type(data) is list else data is None or type(data) in (str, int, float, bool)


def is_frozen(value: Any) -> bool:
    """Whether nothing in a value can be changed: a list or a dict would make it unhashable."""
    return isinstance(hash(value), int)


@pytest.mark.parametrize("of", [*get_args(Message), *get_args(End), Result, Undecodable, Done])
@given(data=st.data())
def test_every_message_end_and_result_comes_back(of: Any, data: st.DataObject) -> None:
    value = data.draw(built(of, json_values.map(freeze)))
    check(value)
    assert is_frozen(loads(dumps(value)))
    assert hash(loads(dumps(value))) == hash(value)


@pytest.mark.parametrize("of", [Chunk, Event])
@given(data=st.data())
def test_every_chunk_comes_back_with_its_json_as_a_decoder_gives_it(of: Any, data: st.DataObject) -> None:
    check(data.draw(built(of, json_values)))


@pytest.mark.parametrize("of", [chat.Config, inner_thoughts.Config, responses.Config, chat.State, responses.State])
@given(data=st.data())
def test_every_config_and_state_comes_back(of: Any, data: st.DataObject) -> None:
    value = data.draw(built(of, json_values.map(freeze)))
    check(value)
    assert hash(loads(dumps(value))) == hash(value)


@worlds
@given(data=st.data())
def test_a_fold_goes_on_from_a_snapshot_at_any_chunk(world: World, data: st.DataObject) -> None:
    """One fold is stored and restored after each chunk and at its end, the other is never interrupted."""
    machine = world.machine
    chunks = data.draw(st.lists(st.sampled_from(world.alphabet), max_size=24))
    end = data.draw(st.sampled_from(ENDS))
    state, said = machine.start(world.config)
    restored = loads(dumps(state))
    messages = [loads(dumps(message)) for message in said]
    for chunk in chunks:
        state, said = machine.step(state, chunk)
        restored, again = machine.step(restored, loads(dumps(chunk)))
        check(restored)
        restored = loads(dumps(restored))
        messages += [loads(dumps(message)) for message in again]
        assert (restored, again) == (state, said)
        assert hash(restored) == hash(state)
        assert loads(dumps(machine.result(state))) == machine.result(restored)
    state, said = machine.finish(state, end)
    restored, again = machine.finish(restored, loads(dumps(end)))
    assert (loads(dumps(restored)), again) == (state, said)
    assert loads(dumps(machine.result(state))) == machine.result(restored)
    whole = fold(machine, world.config, chunks, end)
    assert (state, (*messages, *again)) == whole


OWN = {
    "chat_parallel_calls.sse": chat,
    "chat_error.sse": chat,
    "inner_thoughts.jsonl": inner_thoughts,
    "responses_web_search.sse": responses,
}


def chunks_of(name: str) -> list[Any]:
    path = HERE / "streams" / name
    kind = {chat: "chat", inner_thoughts: "inner-thoughts", responses: "responses"}[OWN[name]]
    if path.suffix == ".jsonl":
        decode = wire.decoder(kind)
        return [decode(line) for line in path.read_bytes().splitlines() if line.strip()]
    return list(wire.read(kind, [path.read_bytes()]))


def test_these_are_all_streams_of_our_own() -> None:
    assert {path.name for path in (HERE / "streams").iterdir() if path.suffix in (".sse", ".jsonl")} >= OWN.keys()


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("end", ENDS[:3], ids=lambda end: type(end).__name__)
def test_a_real_stream_stops_at_any_chunk_and_goes_on(name: str, end: Any) -> None:
    machine, chunks = OWN[name], chunks_of(name)
    config = machine.Config(message_id=MESSAGE_ID, requires_approval_tools=["send_mail"])
    whole, everything = fold(machine, config, chunks, end)
    state, said = machine.start(config)
    messages = list(said)
    for at, chunk in enumerate(chunks):
        other = loads(dumps(state))
        assert (other, hash(other)) == (state, hash(state))
        after = list(messages)
        for later in chunks[at:]:
            other, said = machine.step(other, later)
            after += said
        other, said = machine.finish(other, end)
        assert (other, (*after, *said)) == (whole, everything)
        assert machine.result(other) == machine.result(whole)
        state, said = machine.step(state, chunk)
        messages += said


def test_keys_of_tables_stay_numbers_or_text() -> None:
    config = chat.Config(message_id=MESSAGE_ID)
    state, _ = fold(chat, config, [called(1, "1", "f", "{}"), called(2, "2", "g", "{}"), called(1, piece="")])
    restored = loads(dumps(state))
    assert restored.calls.keys.get(1) == restored.calls.keys.get("1") == 0
    assert restored.calls.keys.get(2) == restored.calls.keys.get("2") == 1
    assert type(restored.calls.keys.layers[0]) is FrozenObject


def test_a_set_of_names_is_stored_in_order() -> None:
    config = chat.Config(message_id=MESSAGE_ID, requires_approval_tools={"b", "c", "a"})
    assert unstructure(config)["value"]["requires_approval_tools"] == ["a", "b", "c"]


@pytest.mark.parametrize("tags", [False, True, "opened"])
def test_think_tags_keep_their_kind(tags: Any) -> None:
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID, think_tags=tags))
    assert loads(dumps(state)).config.think_tags is tags or tags == "opened"
    assert loads(dumps(state)) == state


def test_a_state_is_stored_under_its_wire() -> None:
    for machine in (chat, inner_thoughts, responses):
        state, _ = machine.start(machine.Config(message_id=MESSAGE_ID))
        assert unstructure(state)["type"] == f"{machine.__name__.rpartition('.')[2]}.State"


def test_text_is_ascii_on_the_wire_and_half_a_pair_survives() -> None:
    message = AssistantMessage(MESSAGE_ID, "", None, None, "\ud83d é 😀")
    assert dumps(message).isascii()
    assert b"\n" not in dumps(message)
    assert loads(dumps(message)) == message


def nested(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"k": value}
    return value


def test_json_as_deep_as_a_fold_keeps_it_comes_back() -> None:
    depth = 900
    while isinstance(freeze(nested(depth)), str):
        depth -= 20
    message = ServerToolMessage(MESSAGE_ID, "", None, None, "t", item=freeze(nested(depth)))
    assert depth > 100
    assert loads(dumps(message)) == message


def test_json_that_is_too_deep_is_refused_never_cut() -> None:
    deep = unstructure(ServerToolMessage(MESSAGE_ID, "", None, None, "t"))
    deep["value"]["item"] = nested(5000)
    with pytest.raises(SnapshotError, match=r"^ServerToolMessage \(version 1\): value.item: nested too deeply$"):
        structure(deep)
    with pytest.raises(SnapshotError, match=r"^not a snapshot: not JSON: nested too deeply$"):
        loads("[" * 100_000)


def test_a_chunk_that_holds_no_json_is_stored_as_a_fold_would_keep_it() -> None:
    chunk = Chunk(usage={1: float("nan"), "t": ({1},)}, error=float("inf"))
    assert loads(dumps(chunk)) == Chunk(usage={"1": None, "t": ["{1}"]}, error=None)


def data_of(value: Any, **members: Any) -> dict[str, Any]:
    """A snapshot, with these members in place of its value's own."""
    data = unstructure(value)
    return data | {"value": data["value"] | members}


CONFIG = chat.Config(message_id=MESSAGE_ID)
STATE = chat.start(CONFIG)[0]
CONFIG_DATA = {"type": "chat.Config", "message_id": MESSAGE_ID}
REFUSALS: dict[str, tuple[Any, str]] = {
    "no object": ([], "not a snapshot: a list instead of an object"),
    "null": (None, "not a snapshot: null instead of an object"),
    "no version": ({"type": "Done"}, 'not a snapshot: it has no version (under "streamfold")'),
    "a newer version": (
        {"streamfold": 2, "type": "Done", "value": {}},
        "a snapshot of version 2, by a newer streamfold; this one reads 1",
    ),
    "an older version": ({"streamfold": 0}, "a snapshot of version 0, by an older streamfold; this one reads 1"),
    "a far version": (
        {"streamfold": 10**5000},
        "a snapshot of version a long number, by a newer streamfold; this one reads 1",
    ),
    "a version that is text": (
        {"streamfold": "1"},
        "a snapshot of unknown version '1'; this streamfold reads 1",
    ),
    "a version that is true": ({"streamfold": True}, "a snapshot of unknown version True; this streamfold reads 1"),
    "no type": (
        {"streamfold": 1, "value": {}},
        "a snapshot (version 1) has streamfold, type and value, not 'streamfold', 'value'",
    ),
    "more members": (
        {"streamfold": 1, "type": "Done", "value": {}, "x": 1},
        "a snapshot (version 1) has streamfold, type and value, not 'streamfold', 'type', 'value', 'x'",
    ),
    "an unknown type": (
        {"streamfold": 1, "type": "chat.Stat", "value": {}},
        "a snapshot (version 1) of unknown type 'chat.Stat'",
    ),
    "a type that is only a part": (
        {"streamfold": 1, "type": "TextPart", "value": {}},
        "a snapshot (version 1) of unknown type 'TextPart'",
    ),
    "a type that is no text": (
        {"streamfold": 1, "type": ["Done"], "value": {}},
        "a snapshot (version 1) of unknown type a list",
    ),
    "a value that is no object": (
        {"streamfold": 1, "type": "Done", "value": []},
        "Done (version 1): value: must be an object, not a list",
    ),
    "a missing field": (
        {"streamfold": 1, "type": "Undecodable", "value": {}},
        "Undecodable (version 1): value.reason: is missing",
    ),
    "an unknown field": (data_of(STATE, colour="red"), "chat.State (version 1): value: unknown 'colour'"),
    "text for a number": (
        data_of(STATE, chunks="3"),
        "chat.State (version 1): value.chunks: must be a whole number, not '3'",
    ),
    "an object for a number": (
        data_of(STATE, chunks={}),
        "chat.State (version 1): value.chunks: must be a whole number, not an object",
    ),
    "true for a number": (
        data_of(STATE, chunks=True),
        "chat.State (version 1): value.chunks: must be a whole number, not True",
    ),
    "a fraction for a number": (
        data_of(STATE, chunks=1.0),
        "chat.State (version 1): value.chunks: must be a whole number, not 1.0",
    ),
    "a number for a truth": (
        data_of(STATE, omitted=1),
        "chat.State (version 1): value.omitted: must be true or false, not 1",
    ),
    "a number for text": (data_of(STATE, text=5), "chat.State (version 1): value.text: must be text, not 5"),
    "text for a list": (
        data_of(STATE, envelope={"finish_reasons": "stop"}),
        "chat.State (version 1): value.envelope.finish_reasons: must be a list, not 'stop'",
    ),
    "a wrong entry of a list": (
        data_of(STATE, envelope={"finish_reasons": ["stop", None]}),
        "chat.State (version 1): value.envelope.finish_reasons[1]: must be text, not null",
    ),
    "a key that is none": (
        data_of(STATE, calls={"keys": [[[0, 0]], [[None, 1]]]}),
        "chat.State (version 1): value.calls.keys[1][0][0]: must be a whole number or text, not null",
    ),
    "an entry without its value": (
        data_of(STATE, calls={"keys": [[[0]]]}),
        "chat.State (version 1): value.calls.keys[0][0]: must have 2 entries, not 1",
    ),
    "deep inside": (
        data_of(STATE, calls={"lanes": {"at": 0, "lane": {"position": 0, "kind": "odd"}, "size": 1}}),
        "chat.State (version 1): value.calls.lanes.lane.kind: must be one of 'custom', 'function', not 'odd'",
    ),
    "an end of no kind": (
        data_of(STATE, end={"error": "x"}),
        "chat.State (version 1): value.end: must be of a type that is one of 'Cancelled', 'Ended', 'Failed', not null",
    ),
    "an end of another kind": (
        data_of(STATE, end={"type": "Done"}),
        "chat.State (version 1): value.end: "
        "must be of a type that is one of 'Cancelled', 'Ended', 'Failed', not 'Done'",
    ),
    "no config": (
        data_of(STATE, config=None),
        "chat.State (version 1): value.config: must be an object, not null",
    ),
    "another wire's config": (
        data_of(STATE, config=CONFIG_DATA | {"type": "inner_thoughts.Config"}),
        "chat.State (version 1): value.config is that of another wire",
    ),
    "a config's field": (
        data_of(STATE, config=CONFIG_DATA | {"think_tags": "closed"}),
        "chat.State (version 1): value.config: think_tags must be true, false or \"opened\", not 'closed'",
    ),
    "a config's id": (
        data_of(CONFIG, message_id="x"),
        "chat.Config (version 1): value: message_id must be a UUID, with or without the prefix \"message-\", not 'x'",
    ),
    "a run's id": (
        data_of(STATE, run={"id": "x"}),
        'chat.State (version 1): value.run: message_id must be a UUID, with or without the prefix "message-",'
        " not 'x'",
    ),
    "no number": (
        data_of(Result(), extras={"a": [1, float("nan")]}),
        "Result (version 1): value.extras: must be JSON, not nan",
    ),
    "no JSON": (data_of(Result(), extras={"a": b"x"}), "Result (version 1): value.extras: must be JSON, not b'x'"),
    "much text": (
        data_of(STATE, chunks="3" * 1000 + "\n"),
        f"chat.State (version 1): value.chunks: must be a whole number, not '{'3' * 59}…",
    ),
    "many fields": (
        data_of(STATE, **{f"field\n{number}": 1 for number in range(100)}),
        "chat.State (version 1): value: unknown 'field\\n0', 'field\\n1', 'field\\n10', 'field\\n11', 'field\\n12', "
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


@frozen(kw_only=True)
class OwnConfig(chat.Config):
    """An application's own."""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (5, "there are no snapshots of int"),
        (Diagnostic("ignored", "x"), "there are no snapshots of Diagnostic"),
        (evolve(STATE, config=OwnConfig(message_id=MESSAGE_ID)), "there are no snapshots of State"),
        (evolve(STATE, config=responses.Config(message_id=MESSAGE_ID)), "there are no snapshots of State"),
        (Chunk(choices=5), "no snapshot of this chat.Chunk: 'int' object is not iterable"),
        (
            Result(content=(OwnConfig(message_id=MESSAGE_ID),)),
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


# A state of each wire with something in every corner. These files are the format: a snapshot that was made by an
# earlier release of the same version must come back equal.
def corners(world: str) -> Any:
    (found,) = (each for each in WORLDS if each.name == world)
    config = evolve(found.config, think_tags=True) if found.machine is chat else found.config
    chunks = [chunk for chunk in found.alphabet if getattr(chunk, "error", None) is None]
    chunks = [chunk for chunk in chunks if getattr(chunk, "type", "") != "response.failed"]
    if found.machine is chat:
        details = [{"type": "reasoning.text", "index": 0, "text": "because"}, {"type": "x", "id": 7, "n": [1.5, None]}]
        chunks.append(Chunk(choices=(Choice(delta=Delta(content="\ud800<", reasoning_details=details)),)))
    if found.machine is responses:
        chunks = [evolve(chunk, sequence_number=at * 2) if isinstance(chunk, Event) else chunk
                  for at, chunk in enumerate(chunks)]  # fmt: skip
    state, _ = fold(found.machine, config, chunks, Failed("the line went dead"))
    return state


GOLDEN = {"chat.json": "chat", "inner_thoughts.json": "inner-thoughts", "responses.json": "responses"}


@pytest.mark.parametrize("file", GOLDEN)
def test_the_format_is_that_of_the_stored_snapshots(file: str) -> None:
    stored = json.loads((HERE / "snapshots" / file).read_text("ascii"))
    state = corners(GOLDEN[file])
    assert unstructure(state) == stored, RAISE
    assert structure(stored) == state


def fields_of(of: Any, found: dict[str, list[str]]) -> None:
    """The fields of a class and of every class in them, each with its default."""
    for arg in get_args(of):
        fields_of(arg, found)
    of = get_origin(of) or of
    name = f"{of.__module__}.{of.__qualname__}" if attrs.has(of) else ""
    if name and name not in found:
        found[name] = [f"{field.name} = {field.default!r}" for field in attrs.fields(of)]
        for field in attrs.fields(of):
            fields_of(field.type, found)


def all_fields() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for of in TYPES.values():
        fields_of(of, found)
    return found


def test_no_stored_class_has_changed() -> None:
    """A field that comes or goes, or another default, changes what old snapshots say, even those that lack it."""
    stored = json.loads((HERE / "snapshots" / "fields.json").read_text("ascii"))
    assert all_fields() == stored, RAISE


def test_results_of_every_kind_of_part_come_back() -> None:
    usage = Usage(1, 2, raw=FrozenObject(a=freeze([1, {"b": None}])))
    check(Result(usage=usage, error=StreamError("m", None, freeze({"e": []})), extras=FrozenObject(x=(1, 2.5, "é"))))


if __name__ == "__main__":  # rewrites the golden files
    golden = {file: unstructure(corners(world)) for file, world in GOLDEN.items()} | {"fields.json": all_fields()}
    for file, content in golden.items():
        (HERE / "snapshots" / file).write_text(json.dumps(content, indent=1) + "\n", "ascii")
