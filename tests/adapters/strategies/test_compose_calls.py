"""Composed tool calls: how their deltas say whose they are, and that they say what they are meant to."""

import json
from itertools import pairwise
from typing import Any

import pytest
from streamfold.adapters.strategies.compose_calls import (
    Identity,
    Spec,
    call_lane,
    draw_spec,
    draw_strays,
    legacy_lane,
    said,
    together,
)
from streamfold.adapters.strategies.drawing import Pen
from streamfold.adapters.strategies.expected import Arguments, Intent, Step, summed
from streamfold.adapters.strategies.quirks import Quirk
from streamfold.reducer import chat, inner_thoughts
from streamfold.reducer.completions.chunk import CallDelta, Chunk, Delta, FunctionDelta
from support.adapters.pens import many, simplest
from support.law_checks import MESSAGE_ID

CHAT = chat.Config(message_id=MESSAGE_ID)
INNER = inner_thoughts.Config(message_id=MESSAGE_ID, use_assistant_message=True)
PLAIN = Identity(None, None, anonymous=False, shared=False, whole=False)
SPEC = Spec(2, "look_up", custom=False, arguments=Arguments('{"a": 1}'))


def deltas(steps: list[Step]) -> list[CallDelta]:
    """The entries of the steps' chunks."""
    return [step.chunk.choices[0].delta.tool_calls[0] for step in steps]


def arguments(entry: CallDelta) -> str:
    part = entry.function.arguments if entry.function else entry.custom.input if entry.custom else ""
    return part or ""


# How a provider says which call is meant


@pytest.mark.parametrize(
    ("identity", "index", "call_id"),
    [
        (PLAIN, 1, "call_2"),
        (Identity(Quirk.NO_INDEX, None, anonymous=False, shared=False, whole=False), None, "call_2"),
        (Identity(Quirk.SHARED_INDEX, None, anonymous=False, shared=False, whole=False), 0, "call_2"),
        (
            Identity(Quirk.SPARSE_INDEX, None, anonymous=False, shared=False, whole=False, first=3, stride=2),
            5,
            "call_2",
        ),
        (Identity(None, None, anonymous=True, shared=False, whole=False), 1, None),
        (Identity(None, None, anonymous=False, shared=True, whole=False), 1, "call_1"),
    ],
)
def test_an_identity_has_an_index_and_an_id(identity: Identity, index: int | None, call_id: str | None) -> None:
    assert (identity.index_of(SPEC), identity.id_of(SPEC)) == (index, call_id)


@pytest.mark.parametrize(
    ("index", "ids", "shared", "lone", "one_by_one"),
    [
        (None, None, False, False, False),
        (None, None, True, False, True),
        (Quirk.SPARSE_INDEX, None, False, False, False),
        (Quirk.NO_INDEX, None, False, True, True),
        (Quirk.NO_INDEX, Quirk.SAME_ID_EACH_CHUNK, False, True, False),
        (Quirk.SHARED_INDEX, Quirk.SAME_ID_EACH_CHUNK, False, True, True),
    ],
)
def test_calls_that_do_not_say_whose_deltas_are_come_one_by_one(
    index: Any, ids: Any, shared: bool, lone: bool, one_by_one: bool
) -> None:
    identity = Identity(index, ids, anonymous=False, shared=shared, whole=False)
    assert (identity.lone, identity.one_by_one) == (lone, one_by_one)


def test_identities_are_never_so_odd_that_calls_cannot_be_told_apart() -> None:
    ways = (Quirk.NO_INDEX, Quirk.NO_ID, Quirk.SHARED_ID, Quirk.NEW_ID_EACH_CHUNK)
    (both,) = {*many(Identity.drawn, *ways)}
    assert (both.lone, both.anonymous, both.shared, both.ids, both.whole) == (True, True, False, None, True)
    sparse = simplest(Identity.drawn, Quirk.SPARSE_INDEX, number=13)
    assert sparse.first > 0
    assert sparse.stride > 0
    assert simplest(Identity.drawn) == PLAIN


# A call's chunks


@pytest.mark.deep
@pytest.mark.parametrize("quirks", [(), (Quirk.LATE_ID,), (Quirk.SPLIT_NAME,), (Quirk.LATE_NAME,), (Quirk.EMPTY_NAME,)])
@pytest.mark.parametrize("custom", [False, True])
def test_a_call_s_deltas_say_its_name_id_and_arguments(quirks: tuple[Quirk, ...], custom: bool) -> None:
    spec = Spec(2, "look_up", custom=custom, arguments=SPEC.arguments)
    for steps in many(lambda pen: call_lane(pen, PLAIN, spec), *quirks):
        entries = deltas(steps)
        assert "".join(map(arguments, entries)) == spec.arguments.text
        assert {entry.index for entry in entries} == {1}
        assert {entry.id for entry in entries} - {None} == {"call_2"}
        assert all((entry.custom is not None) == custom for entry in entries if entry.function or entry.custom)
        so = summed(steps).lanes[spec.lane]
        assert (so.id, so.name, so.custom, so.joined("arguments")) == ("call_2", "look_up", custom, spec.arguments.text)


def test_a_whole_call_is_one_chunk() -> None:
    whole = Identity(None, None, anonymous=False, shared=False, whole=True)
    (entry,) = deltas(simplest(lambda pen: call_lane(pen, whole, SPEC)))
    function = FunctionDelta(name="look_up", arguments='{"a": 1}')
    assert entry == CallDelta(index=1, id="call_2", type="function", function=function)


@pytest.mark.parametrize(
    ("way", "later"),
    [
        (Quirk.EMPTY_ID, {""}),
        (Quirk.SAME_ID_EACH_CHUNK, {"call_2"}),
        (Quirk.NEW_ID_EACH_CHUNK, {"call_2_0", "call_2_1", "call_2_2"}),
        (None, {None}),
    ],
)
def test_later_ids_are_as_the_identity_has_them(way: Quirk | None, later: set[str | None]) -> None:
    identity = Identity(None, way, anonymous=False, shared=False, whole=False)
    steps = simplest(lambda pen: call_lane(pen, identity, SPEC), sign=lambda steps: len(steps) == 4)
    first, *rest = deltas(steps)
    assert first.id == "call_2"
    assert {entry.id for entry in rest} == later
    assert summed(steps).lanes[SPEC.lane].id == "call_2"


def test_snapshots_repeat_all_that_came() -> None:
    for steps in many(lambda pen: call_lane(pen, PLAIN, SPEC, snapshots=True), Quirk.SNAPSHOTS):
        said_so_far = [text for text in map(arguments, deltas(steps)) if text]
        assert len(said_so_far) > 1
        assert said_so_far[-1] == SPEC.arguments.text
        assert all(later.startswith(text) for text, later in pairwise(said_so_far))
        assert summed(steps).lanes[SPEC.lane].joined("arguments") == SPEC.arguments.text


def test_a_late_empty_entry_and_extras_say_nothing_more() -> None:
    steps = simplest(lambda pen: call_lane(pen, PLAIN, SPEC), Quirk.LATE_EMPTY_CALL, Quirk.EXTRA_CONTENT)
    entries = deltas(steps)
    assert (entries[-1].id, arguments(entries[-1])) == (None, "")
    assert entries[0].extra_content
    assert summed(steps).lanes[SPEC.lane].joined("arguments") == SPEC.arguments.text


def test_a_legacy_call_comes_as_function_call() -> None:
    steps = simplest(lambda pen: legacy_lane(pen, SPEC))
    functions = [step.chunk.choices[0].delta.function_call for step in steps]
    assert functions == [FunctionDelta(name="look_up", arguments=""), FunctionDelta(arguments='{"a": 1}')]
    so = summed(steps).lanes[SPEC.lane]
    assert (so.id, so.name, so.joined("arguments")) == (None, "look_up", '{"a": 1}')


# What a call is called with


def spec_of(pen: Pen, config: Any = CHAT, thoughtful: bool = False, plain: bool = False) -> Spec:
    return draw_spec(pen, 1, config, thoughtful, plain)


def test_a_plain_call_is_a_function_s_with_json() -> None:
    assert simplest(spec_of) == Spec(1, "tool", custom=False, arguments=Arguments('{"a":1}'))
    odd = (Quirk.NO_ARGUMENTS, Quirk.BROKEN_ARGUMENTS)
    for spec in many(lambda pen: spec_of(pen, plain=True), *odd):
        assert (spec.custom, json.loads(spec.arguments.text)) == (False, {"a": 1})


def test_arguments_are_left_out_or_broken_where_that_is_the_quirk() -> None:
    assert simplest(spec_of, Quirk.NO_ARGUMENTS).arguments.text == ""
    assert simplest(spec_of, Quirk.BROKEN_ARGUMENTS).arguments.text == '{\'"a":1}'


def test_thoughts_come_first_or_late_or_are_no_text() -> None:
    def make(pen: Pen) -> Spec:
        return spec_of(pen, INNER, thoughtful=True)

    first = simplest(make)
    assert first.arguments.text == '{"thinking":"word","a":1}'
    assert "".join(character for _, character in first.arguments.thoughts) == "word"
    late = simplest(make, Quirk.LATE_THOUGHTS)
    assert late.arguments.text == '{"a":1,"thinking":"word"}'
    odd = simplest(make, Quirk.ODD_THOUGHTS)
    assert (odd.arguments.text, odd.arguments.thoughts) == ('{"thinking":7,"a":1}', ())


# Chunks


def test_two_deltas_share_a_chunk_unless_one_would_hide_the_other() -> None:
    one, other = (Step(said(Delta(**member)), (Intent(adds="x"),)) for member in ({"content": "a"}, {"refusal": "b"}))
    both = together(one, other)
    assert both == Step(said(Delta(content="a", refusal="b")), (*one.meant, *other.meant))
    assert together(one, one) is None
    assert together(one, Step(Chunk())) is None
    assert together(one, Step(said(Delta(refusal="b"), finish_reason="stop"))) is None
    calls = [Step(said(Delta(tool_calls=(CallDelta(index=at),)))) for at in (0, 1)]
    shared = together(*calls)
    assert shared is not None
    assert shared.chunk == said(Delta(tool_calls=(CallDelta(index=0), CallDelta(index=1))))
    assert together(calls[0], Step(said(Delta(function_call=FunctionDelta(name="f"))))) is None


# Calls whose arguments go astray

ONE, TWO = '{"a": 1}', '{"b": 2}'


def spec(number: int, text: str, custom: bool = False) -> Spec:
    return Spec(number, f"tool_{number}", custom, Arguments(text))


def places(steps: list[Any]) -> list[tuple[int | None, str]]:
    """Under which index each name came, and each piece of arguments, those of one index joined."""
    found: list[tuple[int | None, str]] = []
    for step in steps:
        (entry,) = step.chunk.choices[0].delta.tool_calls
        said = entry.function.name or entry.function.arguments
        if found and found[-1][0] == entry.index and not entry.function.name and found[-1][1][:1] == "{":
            found[-1] = (entry.index, found[-1][1] + said)
        else:
            found.append((entry.index, said))
    return found


WAYS = [
    [(0, "tool_1"), (1, ONE), (1, "tool_2"), (0, TWO)],
    [(0, "tool_1"), (1, "tool_2"), (0, ONE + TWO)],
    [(0, "tool_1"), (1, "tool_2"), (None, ONE)],
]


@pytest.mark.parametrize("way", range(3))
def test_they_come_in_three_ways(way: int) -> None:
    def make(pen: Pen) -> Any:
        return places(draw_strays(pen, [spec(1, ONE), spec(2, TWO)])[1])

    found = many(make, Quirk.STRAY_ARGUMENTS, number=way)
    assert all(each == WAYS[way] for each in found)


@pytest.mark.parametrize(
    ("specs", "taken"),
    [
        ([spec(1, ONE), spec(2, TWO)], [1, 2]),
        ([spec(1, "x", custom=True), spec(2, ONE), spec(3, "{}"), spec(4, ONE), spec(5, TWO)], [2, 5]),
        ([spec(1, ONE), spec(2, ONE)], []),
        ([spec(1, ONE)], []),
        ([], []),
    ],
)
def test_two_calls_with_unlike_members_are_taken(specs: list[Spec], taken: list[int]) -> None:
    pair, steps = simplest(lambda pen: draw_strays(pen, specs), Quirk.STRAY_ARGUMENTS, sign=lambda _: True)
    assert [spec.number for spec in pair] == taken
    assert [lane for lane, so in summed(steps).lanes.items() if so.strays] == [(0, number) for number in taken]


def test_without_the_quirk_none_go_astray() -> None:
    assert simplest(lambda pen: draw_strays(pen, [spec(1, ONE), spec(2, TWO)]), sign=lambda _: True) == ([], [])
