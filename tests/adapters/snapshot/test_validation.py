"""Whatever a snapshot says, it is refused with the one error, or its state folds on without raising."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.snapshot import SnapshotError, dumps, structure, unstructure
from streamfold.adapters.snapshot.envelope import sealed
from streamfold.adapters.snapshot.validation import InvalidState, check_state
from streamfold.reducer import responses
from streamfold.reducer.completions.state import Halves
from streamfold.reducer.completions.think_tags import Tags
from streamfold.reducer.completions.whole import echo_of
from streamfold.reducer.otid import initial_cursor
from streamfold.reducer.responses.event import Event
from streamfold.reducer.values.persistent import Lanes, PersistentMap
from support.adapters.stored_format import GOLDEN, corners
from support.adapters.stored_values import ENDS, STATE, worlds
from support.law_checks import MESSAGE_ID
from support.walk import WORLDS, World

ODD: list[Any] = [
    *[0, 1, -1, 2, 7, 100, 2**31, 2**63, 10**30, True, False, None],
    *["", "x", "call_1", "é" * 5000, "\ud800", "\U0010ffff"],
    *[[], {}, [0], [[0, 1]], [[]], ["a"], {"type": "x"}],
]
STATES = {GOLDEN[file]: corners(GOLDEN[file]) for file in GOLDEN}
NAMES = {"chat": "chat.State", "inner-thoughts": "inner_thoughts.State", "responses": "responses.State"}


def places_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in JSON there is something."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield (*path, key)
        yield from places_in(value[key], (*path, key))


def found_at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def mutated(value: Any, pick: st.DataObject) -> Any:
    """JSON that differs in one place: something is gone, there twice, a little more, cut, another's, or odd."""
    value = copy.deepcopy(value)
    places = list(places_in(value))
    if not places:
        return {"x": 1}
    *path, key = pick.draw(st.sampled_from(places))
    inside = found_at(value, tuple(path))
    there = inside[key]
    kind = pick.draw(st.sampled_from(["gone", "twice", "more", "cut", "another's", "odd"]))
    if kind == "gone":
        del inside[key]
    elif kind == "twice" and isinstance(inside, list):
        inside.insert(key, copy.deepcopy(there))
    elif kind == "more" and type(there) is int:
        inside[key] = there + pick.draw(st.sampled_from([-1, 1, 2, 1000, 10**9, 10**20]))
    elif kind == "cut" and isinstance(there, str):
        inside[key] = there[: len(there) // 2]
    elif kind == "another's":
        inside[key] = copy.deepcopy(found_at(value, pick.draw(st.sampled_from(places))))
    else:
        inside[key] = pick.draw(st.sampled_from(ODD))
    return value


def numbered(chunk: Any, number: int) -> Any:
    return evolve(chunk, sequence_number=number) if isinstance(chunk, Event) else chunk


@pytest.mark.deep
@worlds
@given(data=st.data())
def test_any_change_is_refused_or_folds_on(world: World, data: st.DataObject) -> None:
    """Someone hostile gives what is changed its checksum; the seal of what was stored tells any change."""
    machine, of_alphabet = world.machine, st.sampled_from(world.alphabet)
    state, _ = machine.start(world.config)
    for number, chunk in enumerate(data.draw(st.lists(of_alphabet, max_size=16))):
        state, _ = machine.step(state, numbered(chunk, number * 2))
    stored = unstructure(state)
    value = stored["value"]
    for _ in range(data.draw(st.integers(1, 3))):
        value = mutated(value, data)
    if json.dumps(value, sort_keys=True) != json.dumps(stored["value"], sort_keys=True):
        with pytest.raises(SnapshotError):
            structure(stored | {"value": value})
    try:
        state = structure(sealed(stored | {"value": value}))
    except SnapshotError:
        return
    for chunk in world.alphabet:
        after, _ = machine.step(state, numbered(chunk, data.draw(st.integers(0, 40))))
        assert hash(machine.result(after)) == hash(machine.result(after))
    for end in ENDS:
        machine.result(machine.finish(state, end)[0])
    for chunk in data.draw(st.lists(of_alphabet, max_size=16)):
        state, _ = machine.step(state, chunk)
    assert dumps(machine.finish(state, ENDS[0])[0])


@pytest.mark.parametrize("wire", STATES)
def test_what_a_fold_comes_to_is_valid(wire: str) -> None:
    check_state(NAMES[wire], STATES[wire])


def refused(name: str, state: Any) -> str:
    with pytest.raises(InvalidState) as caught:
        check_state(name, state)
    return str(caught.value)


RESPONSES = STATES["responses"]
CALLS = STATES["chat"].calls
SIZE = len(CALLS.lanes)


@pytest.mark.parametrize(
    ("lanes", "wrong"),
    [
        (evolve(CALLS.lanes, size=0), ".size: must be the number of lanes, not 0"),
        (Lanes(at=0), ".size: must be the number of lanes, not 0"),
        (Lanes(lane=CALLS.lanes.get(0)), ".size: must be the number of lanes, not 0"),
        (Lanes(resting=CALLS.lanes.resting), ".size: must be the number of lanes, not 0"),
        (evolve(CALLS.lanes, size=10**20), ".size: must be the number of lanes"),
        (evolve(CALLS.lanes, at=SIZE), ".at: must be the place of the lane in work"),
        (evolve(CALLS.lanes, at=-1), ".at: must be the place of the lane in work"),
        (evolve(CALLS.lanes, lane=None), ".at: must be the place of the lane in work"),
        (Lanes().put(0, evolve(CALLS.lanes.get(0), position=5)), "[0].position: must be 0"),
    ],
)
def test_lanes_have_their_places(lanes: Any, wrong: str) -> None:
    state = evolve(STATES["chat"], calls=evolve(CALLS, lanes=lanes))
    assert refused("chat.State", state) == f"value.calls.lanes{wrong}"


def test_places_that_are_named_are_there() -> None:
    chat_state = STATES["chat"]
    keys = evolve(CALLS, keys=PersistentMap().put("x", SIZE))
    assert refused("chat.State", evolve(chat_state, calls=keys)) == "value.calls.keys: must be places of lanes"
    for place in (len(chat_state.envelope.server_tools), -1):
        running = evolve(chat_state, envelope=evolve(chat_state.envelope, running=(place,)))
        assert refused("chat.State", running) == "value.envelope.running: must be places of server_tools"
    undecided = refused("chat.State", evolve(chat_state, calls=evolve(CALLS, undecided=SIZE)))
    assert undecided.startswith("value.calls.undecided: must be the place of a call")
    for place in (SIZE, 0, -2):
        lanes = CALLS.lanes.put(0, evolve(CALLS.lanes.get(0), part_of=place))
        wrong = refused("chat.State", evolve(chat_state, calls=evolve(CALLS, lanes=lanes)))
        assert wrong == "value.calls.lanes[0].part_of: must be the place of another call, or -1"
    for count in (SIZE + 1, -1):
        wrong = refused("chat.State", evolve(chat_state, calls=evolve(CALLS, closed=count)))
        assert wrong == "value.calls.closed: must be a number of calls that there are"
    for place in (len(RESPONSES.items.lanes), -2):
        wrong = refused("responses.State", evolve(RESPONSES, holder=place))
        assert wrong == "value.holder: must be the place of an item, or -1"
    items = RESPONSES.items
    parts = len(items.lanes.get(0).parts)
    for members, wrong in (
        ({"open_part": parts}, "open_part: must be the place of a part, or -1"),
        ({"open_part": -2}, "open_part: must be the place of a part, or -1"),
        ({"earlier": 0}, "earlier: must be a place before its own"),
    ):
        lanes = items.lanes.put(0, evolve(items.lanes.get(0), **members))
        state = evolve(RESPONSES, items=evolve(items, lanes=lanes))
        assert refused("responses.State", state) == f"value.items.lanes[0].{wrong}"


def test_no_more_has_come_again_than_there_is() -> None:
    state = STATES["chat"]
    echo = echo_of(state.text, state.reasoning, state.refusal, SIZE, True)
    assert echo is not None
    for calls in (0, SIZE):
        check_state("chat.State", evolve(state, echo=evolve(echo, calls=calls)))
    for name in ("text", "reasoning", "refusal"):
        size = len(getattr(state, name))
        for at in (size, -2):
            wrong = refused("chat.State", evolve(state, echo=evolve(echo, **{name: at})))
            assert wrong == f"value.echo.{name}: must be a number of characters, fewer than the {name} has, or -1"
    for calls in (SIZE + 1, -1):
        wrong = refused("chat.State", evolve(state, echo=evolve(echo, calls=calls)))
        assert wrong == "value.echo.calls: must be a number of calls that there are"


def with_call(at: int, **members: Any) -> Any:
    """The chat state with these members of a call."""
    lanes = CALLS.lanes.put_aside(at, evolve(CALLS.lanes.get(at), **members))
    return evolve(STATES["chat"], calls=evolve(CALLS, lanes=lanes))


def test_the_first_place_is_one_too() -> None:
    check_state("chat.State", with_call(1, part_of=0))
    undecided = with_call(0, undecided=("x",))
    check_state("chat.State", evolve(undecided, calls=evolve(undecided.calls, undecided=0)))
    settled = evolve(STATES["chat"], calls=evolve(CALLS, undecided=0))
    assert refused("chat.State", settled).startswith("value.calls.undecided: must be the place of a call")
    items = RESPONSES.items
    lanes = items.lanes.put_aside(1, evolve(items.lanes.get(1), earlier=0))
    check_state("responses.State", evolve(RESPONSES, items=evolve(items, lanes=lanes)))


@pytest.mark.parametrize("half", ["ab", "a", "x\ud83d", "\ude00"])
def test_what_a_call_holds_is_half_a_character(half: str) -> None:
    """Of those at rest too, which are looked at by the same walk."""
    wrong = refused("chat.State", with_call(0, half=half))
    assert wrong == "value.calls.lanes.resting[0].half: must be the first half of a surrogate pair"
    check_state("chat.State", with_call(0, half="\ud83d"))


def test_the_part_in_work_is_there() -> None:
    (world,) = (each for each in WORLDS if each.name == "responses")
    state, _ = responses.start(world.config)
    chunks = [numbered(chunk, at) for at, chunk in enumerate(world.alphabet)]
    for chunk in chunks:
        state, _ = responses.step(state, chunk)
        if state.work is not None:
            break
    assert state.work is not None
    lanes = state.items.lanes
    assert (state.work.position, state.work.part) == (0, 0)
    check_state("responses.State", evolve(state, dedup=evolve(state.dedup, runs=(state.work,))))
    for members in ({"position": len(lanes)}, {"position": -1}, {"part": len(lanes.get(0).parts)}, {"part": -1}):
        work = evolve(state.work, **members)
        wrong = refused("responses.State", evolve(state, work=work))
        assert wrong == "value.work: must be about a part that is there"
        wrong = refused("responses.State", evolve(state, dedup=evolve(state.dedup, runs=(state.work, work))))
        assert wrong == "value.dedup.runs[1]: must be about a part that is there"


def test_what_is_held_and_counted_is_what_a_stream_comes_to() -> None:
    halves = evolve(STATE, halves=Halves(text="ab"))
    assert refused("chat.State", halves) == "value.halves.text: must be the first half of a surrogate pair"
    tags = evolve(STATE, tags=Tags(close=""))
    assert refused("chat.State", tags) == "value.tags: must have no empty tag"
    many = evolve(STATE, chunks=1 << 63)
    assert refused("chat.State", many) == "value.chunks: must be a number that a stream comes to"
    check_state("chat.State", evolve(STATE, chunks=1 << 62))
    inner = STATES["inner-thoughts"]
    deep = evolve(inner, split=evolve(inner.split, scan=evolve(inner.split.scan, depth=1 << 63)))
    depth = refused("inner_thoughts.State", deep)
    assert depth == "value.split.scan.depth: must be a number that a stream comes to"
    items = evolve(RESPONSES.items, answer=1 << 63)
    answer = refused("responses.State", evolve(RESPONSES, items=items))
    assert answer == "value.items.answer: must be a number that a stream comes to"
    check_state("chat.State", evolve(STATE, run=evolve(initial_cursor(MESSAGE_ID, None, None), index=1 << 62)))
    run = evolve(initial_cursor(MESSAGE_ID, None, None), index=1 << 63)
    assert refused("chat.State", evolve(STATE, run=run)) == "value.run.index: must be a number that a stream comes to"


def test_a_state_is_tried_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(state: Any) -> Any:
        raise IndexError("no such place")

    monkeypatch.setattr(responses, "result", raising)
    wrong = refused("responses.State", RESPONSES)
    assert wrong == "value: no fold comes to this: IndexError: no such place"
