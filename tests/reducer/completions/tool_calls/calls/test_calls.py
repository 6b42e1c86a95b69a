from typing import Any

import pytest
from streamfold.reducer.completions.chunk import CallDelta, CustomDelta, FunctionDelta
from streamfold.reducer.completions.tool_calls.call import Call
from streamfold.reducer.completions.tool_calls.calls import (
    NO_CALLS,
    Calls,
    decide,
    is_about_a_call,
    more_of,
    receive,
)
from streamfold.reducer.shared.extras import NO_EXTRAS
from streamfold.reducer.values.persistent import PersistentMap


def delta(
    index: int | None = None,
    id: str | None = None,  # noqa: A002
    name: str | None = None,
    arguments: str | None = None,
    **members: Any,
) -> CallDelta:
    return CallDelta(index=index, id=id, function=FunctionDelta(name=name, arguments=arguments), **members)


def received(*deltas: CallDelta, detect_snapshots: bool = True) -> tuple[Calls, Call, str, str]:
    """Where the deltas lead; and what the last one added."""
    calls, call, name, added = NO_CALLS, Call(0), "", ""
    for one in deltas:
        calls, call, name, added, _ = receive(calls, one, detect_snapshots)
    return calls, call, name, added


def made(*deltas: CallDelta) -> list[tuple[str, str, str]]:
    calls, *_ = received(*deltas)
    return [(call.id, call.name, "".join((str(call.arguments), *call.undecided))) for call in calls.lanes]


# What a delta is about.


@pytest.mark.parametrize(
    ("says", "entry"),
    [
        (True, CallDelta(id="a")),
        (True, CallDelta(extra_content={"google": {}})),
        (True, CallDelta(extras={"namespace": "n"})),
        (True, delta(name="go")),
        (True, delta(arguments="{")),
        (True, CallDelta(custom=CustomDelta(name="go"))),
        (True, CallDelta(custom=CustomDelta(input="x"))),
        (True, CallDelta(function=FunctionDelta(), custom=CustomDelta(input="x"))),
        (False, CallDelta()),
        (False, CallDelta(index=0, type="function")),
        (False, CallDelta(id="", extra_content={})),
        (False, delta(name="", arguments="")),
        (False, CallDelta(custom=CustomDelta(name="", input=""))),
    ],
)
def test_an_id_name_piece_or_extras_make_a_delta_say_something(says: bool, entry: CallDelta) -> None:
    assert is_about_a_call(entry) is says


def test_a_known_id_means_its_call_at_a_new_index() -> None:
    begun = delta(id="a", name="go", arguments='{"a":')
    assert made(begun, delta(id="b", name="go"), delta(3, "a", arguments="1}")) == [
        ("a", "go", '{"a":1}'),
        ("b", "go", ""),
    ]


def test_a_known_id_means_its_call_at_the_index_of_another() -> None:
    opened = [delta(0, "a", "go", "{"), delta(1, "b", "come", "{")]
    assert made(*opened, delta(1, "a", arguments="}")) == [("a", "go", "{}"), ("b", "come", "{")]


def test_a_known_id_with_a_name_begins_another_call_elsewhere() -> None:
    calls, call, *_ = received(delta(0, "a", "go", '{"a":1}'), delta(1, "a", "go", '{"b":1}'))
    assert [(one.id, one.aliases, str(one.arguments)) for one in calls.lanes] == [
        ("a", (), '{"a":1}'),
        ("", ("a",), '{"b":1}'),
    ]
    assert call.is_own


@pytest.mark.parametrize("piece", ["", " ", None])
def test_a_name_without_arguments_begins_no_call_where_there_is_no_id(piece: str | None) -> None:
    assert [name for _, name, _ in made(delta(name="go", arguments="{}"), delta(name="come", arguments=piece))] == [
        "go"
    ]


def test_without_index_and_id_the_same_name_goes_on() -> None:
    assert made(delta(name="get_"), delta(name="weather", arguments="{}")) == [("", "get_weather", "{}")]


def test_without_index_and_id_another_name_begins_a_call() -> None:
    assert made(delta(name="go", arguments='{"a":'), delta(name="come", arguments="1}")) == [
        ("", "go", '{"a":'),
        ("", "come", "1}"),
    ]


@pytest.mark.parametrize("index", [0, None])
@pytest.mark.parametrize("space", ["", " ", "\n"])
def test_a_name_with_an_object_after_whole_arguments_begins_a_call(index: int | None, space: str) -> None:
    calls = made(delta(index, name="go", arguments='{"a":1}'), delta(index, name="go", arguments=space + '{"a":2}'))
    assert calls == [("", "go", '{"a":1}'), ("", "go", space + '{"a":2}')]


@pytest.mark.parametrize(
    ("before", "piece"),
    [('{"a":1}', "[1]"), ('{"a":1}', "1"), ("[1]", '{"a":1}'), ('{"a":{}', '{"b":1}'), ('{"a":"}', '{"')],
    ids=["no object", "a number", "after no object", "in an object", "in a string"],
)
def test_a_name_with_anything_else_goes_on_with_the_call(before: str, piece: str) -> None:
    assert made(delta(0, name="go", arguments=before), delta(0, name="go", arguments=piece)) == [
        ("", "go", before + piece)
    ]


# What is known of a call.


def test_a_call_begins_with_nothing_known_of_it() -> None:
    call = Call(0)
    assert (call.id, call.name, call.kind, call.snapshots, call.split) == ("", "", "function", "", None)
    assert (call.opened, call.approval, call.undecided, call.aliases) == (False, False, (), ())
    assert call.extras == NO_EXTRAS
    assert (NO_CALLS.index, NO_CALLS.undecided, len(NO_CALLS.lanes)) == (None, -1, 0)


def test_eight_aliases_are_noted_and_an_id_that_has_come_is_none() -> None:
    deltas = [delta(0, "a", "go"), *(delta(0, f"alias {count}", arguments=" ") for count in range(20))]
    calls, call, *_ = received(*deltas, delta(0, "a"), delta(0, "alias 3"))
    assert (call.id, call.aliases) == ("a", tuple(f"alias {count}" for count in range(8)))
    assert [calls.keys.get(f"alias {count}") for count in (0, 7, 8)] == [0, 0, None]


def test_an_index_or_id_that_has_come_adds_no_key() -> None:
    calls, *_ = received(delta(0, "a", "go"))
    for again in (delta(0, "a"), delta(0, name="go"), delta(id="a", arguments="{"), delta(arguments="}")):
        after, *_ = receive(calls, again, True)
        assert after.keys is calls.keys
    nameless, *_ = received(delta(name="go"))
    assert nameless.keys == PersistentMap()


def test_the_index_of_the_last_delta_is_remembered() -> None:
    assert received(delta(0, "a", "go"))[0].index == 0
    assert received(delta(0, "a", "go"), delta(0, arguments="{"))[0].index == 0
    assert received(delta(0, "a", "go"), delta(id="b", name="go"))[0].index is None


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (CallDelta(id="a", type="custom"), "custom"),
        (CallDelta(id="a", custom=CustomDelta(name="go")), "custom"),
        (CallDelta(id="a", type="function"), "function"),
        (CallDelta(id="a"), "function"),
    ],
)
def test_the_type_or_the_members_of_a_call_say_its_kind(entry: CallDelta, kind: str) -> None:
    assert received(entry)[1].kind == kind


def test_a_custom_call_stays_one() -> None:
    begun = CallDelta(index=0, id="a", custom=CustomDelta(name="go", input="x"))
    assert received(begun, delta(0, "a", type="function"))[1].kind == "custom"


def test_a_delta_has_members_that_no_fold_reads_in_two_places() -> None:
    assert more_of(delta(0, "a", "go")) == {}
    both = CallDelta(extra_content={"google": 1}, extras={"namespace": "n"})
    assert more_of(both) == {"extra_content": {"google": 1}, "namespace": "n"}


def test_a_custom_member_fills_in_what_the_function_lacks() -> None:
    entry = CallDelta(index=0, id="a", function=FunctionDelta(name="go"), custom=CustomDelta(name="no", input="x"))
    assert received(entry)[1:] == (received(entry)[1], "go", "x")


# Snapshots.

BEGUN = delta(0, "a", "go", '{"a":[')
GROWN = delta(0, arguments='{"a":[1')


def test_what_may_be_a_snapshot_is_held_and_its_call_undecided() -> None:
    calls, call, _, added = received(BEGUN, GROWN)
    assert (calls.undecided, call.undecided, added, str(call.arguments)) == (0, ('{"a":[1',), "", '{"a":[')
    assert received(BEGUN)[0].undecided == -1


@pytest.mark.parametrize("piece", ["]}", '{"a":[1,{"a":[1'], ids=["deltas", "snapshots"])
def test_a_fragment_that_decides_leaves_nothing_undecided(piece: str) -> None:
    calls, call, *_ = received(BEGUN, GROWN, delta(0, arguments=piece))
    assert (calls.undecided, call.undecided) == (-1, ())


def test_of_several_fragments_that_were_deltas_each_is_kept_once() -> None:
    calls, *_ = received(BEGUN, delta(0, arguments='{"a":[1,'), delta(0, arguments='{"a":[1,1,'))
    _, call, added = decide(calls, 0, over=False)
    assert (added, str(call.arguments)) == ('{"a":[1,{"a":[1,1,', '{"a":[{"a":[1,{"a":[1,1,')


def test_at_the_end_deltas_that_are_json_win_over_a_snapshot() -> None:
    calls, *_ = received(delta(0, "a", "go", " "), delta(0, arguments=" {}"))
    _, call, added = decide(calls, 0, over=True)
    assert (added, str(call.arguments), call.snapshots) == ("  {}", "  {}", "")


def test_raw_text_has_no_snapshots() -> None:
    pieces = [CallDelta(index=0, id="a", custom=CustomDelta(name="go", input='{"a"'))]
    pieces.append(CallDelta(index=0, custom=CustomDelta(input='{"a":1}')))
    _, call, _, added = received(*pieces)
    assert (added, str(call.arguments), call.snapshots) == ('{"a":1}', '{"a"{"a":1}', "")


def test_a_call_beside_the_undecided_one_leaves_it_so() -> None:
    other = delta(1, "b", "go", '{"')
    calls, *_ = received(BEGUN, GROWN, other)
    assert (calls.undecided, calls.lanes.at) == (0, 1)
    decided, call, added = decide(calls, 0, over=False)
    assert (call.position, added) == (0, '{"a":[1')
    assert (decided.undecided, decided.lanes.at, decided.index) == (-1, 1, 1)


def test_deciding_a_call_leaves_another_one_undecided() -> None:
    calls, *_ = received(BEGUN, GROWN, delta(1, "b", "go", '{"b":['), delta(1, arguments='{"b":[1'))
    assert calls.undecided == 1
    decided, *_ = decide(calls, 0, over=False)
    assert decided.undecided == 1


def test_what_was_decided_to_be_deltas_goes_on_as_deltas() -> None:
    calls, *_ = received(BEGUN, GROWN)
    calls, call, added = decide(calls, 0, over=False)
    assert (added, call.undecided, call.snapshots) == ('{"a":[1', (), "")
    longer = '{"a":[1]}]}' + " " * 20
    calls, call, _, added, _ = receive(calls, delta(0, arguments=longer), True)
    assert (added, str(call.arguments), call.snapshots) == (longer, '{"a":[{"a":[1' + longer, "")


def test_a_snapshot_that_is_whole_at_the_end_is_told_by_that() -> None:
    whole = delta(0, arguments='{"a":[]}')
    calls, *_ = received(BEGUN, whole)
    _, call, added = decide(calls, 0, over=True)
    assert (added, str(call.arguments), call.undecided, call.snapshots) == ("]}", '{"a":[]}', (), "read")
    _, call, added = decide(calls, 0, over=False)
    assert (added, str(call.arguments), call.snapshots) == ('{"a":[]}', '{"a":[{"a":[]}', "")


def test_a_snapshot_after_snapshots_adds_its_tail_and_a_delta_contradicts_them() -> None:
    deltas = [delta(0, "a", "go", '{"a"'), delta(0, arguments='{"a":1'), delta(0, arguments='{"a":12')]
    calls, call, _, added = received(*deltas)
    assert (added, str(call.arguments), call.snapshots) == ("2", '{"a":12', "read")
    _, call, _, added, _ = receive(calls, delta(0, arguments="}"), True)
    assert (added, str(call.arguments), call.snapshots) == ("}", '{"a":12}', "contradicted")


@pytest.mark.parametrize(("first", "emitted"), [("{", 0), ('{"a"', 4), ('{"a":1', 6)])
def test_what_no_delta_can_be_is_a_snapshot(first: str, emitted: int) -> None:
    _, call, _, added = received(delta(0, "a", "go", first), delta(0, arguments='{"a":1}'))
    assert (added, str(call.arguments)) == ('{"a":1}'[emitted:], '{"a":1}')
    assert (call.undecided, call.snapshots) == ((), "read")


@pytest.mark.parametrize(
    "pieces",
    [
        ('{"a"', '{"b":1}'),
        ('{"a"', '{"a"'),
        ('{"a"', '{"a"}}}'),
        ('{"a":[', '{"a":[1', '{"a":[2,3'),
        ('{"a":[', '{"a":[1', '{"a":['),
        ("{", "{"),
    ],
    ids=["begins otherwise", "repeats", "dead", "goes on from an older one", "shrinks", "one character"],
)
def test_a_fragment_that_does_not_repeat_all_before_is_no_snapshot(pieces: tuple[str, ...]) -> None:
    _, call, *_ = received(delta(0, "a", "go"), *(delta(0, arguments=piece) for piece in pieces))
    assert (str(call.arguments), call.undecided, call.snapshots) == ("".join(pieces), (), "")


def test_snapshots_that_are_not_looked_for_are_deltas() -> None:
    _, call, _, added = received(BEGUN, GROWN, detect_snapshots=False)
    assert (added, str(call.arguments), call.undecided) == ('{"a":[1', '{"a":[{"a":[1', ())


def test_of_undecided_fragments_64_are_held() -> None:
    grown = [delta(0, arguments='{"a":[' + "1," * count) for count in range(1, 66)]
    _, call, *_ = received(BEGUN, *grown[:64])
    assert len(call.undecided) == 64
    _, call, _, added = received(BEGUN, *grown)
    assert call.undecided == ()
    assert added == "".join(one.function.arguments or "" for one in grown if one.function)


def test_a_name_under_another_index_is_not_the_first_call_s() -> None:
    calls, call, name, _ = received(
        delta(1, arguments='{"k":1}'), delta(1, "a", arguments='{"k":'), delta(0, "a", "get", '{"k":1}')
    )
    assert [(one.name, one.part_of) for one in calls.lanes] == [("", -1), ("get", 0)]
    assert (call.position, name) == (1, "get")
