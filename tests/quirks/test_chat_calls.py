"""Tool calls as providers really send them over Chat Completions: one test or more for each line of the list."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.reducer import Cancelled, Ended, Failed, chat, fold
from streamfold.reducer.otid import synthetic_call_id
from streamfold.reducer.values.json_status import json_status
from support.chat_shapes import (
    DONE,
    call,
    calls,
    chunk,
    custom,
    delta,
    finished,
    folded,
    folded_bytes,
    folded_chunks,
    made,
    noted,
    sse,
)
from support.law_checks import MESSAGE_ID, channels, check_otids, runs

CUT_OFF = [Ended(), Cancelled(), Failed("the line went dead")]


# Q1: no index.


def test_q01_without_an_index_whole_calls_are_told_apart_by_their_ids() -> None:
    result, messages = folded(
        calls(call(id="a", name="find", arguments='{"q":"owls"}')),
        calls(call(id="b", name="find", arguments='{"q":"rooks"}')),
        finished("tool_calls"),
        DONE,
    )
    assert made(result) == [("a", "find", '{"q":"owls"}'), ("b", "find", '{"q":"rooks"}')]
    assert all(call.complete for call in result.tool_calls)
    assert [run[3:] for run in runs(messages)] == made(result)


def test_q01_without_index_and_id_the_open_call_goes_on() -> None:
    result, _ = folded(
        calls(call(id="a", name="find", arguments='{"q":')),
        calls(call(arguments='"ow')),
        calls(call(arguments='ls"}')),
        calls(call(id="b", name="find", arguments='{"q":')),
        calls(call(arguments="1}")),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}'), ("b", "find", '{"q":1}')]


def test_q01_without_an_index_interleaved_calls_are_told_apart_by_their_ids() -> None:
    result, _ = folded(
        calls(call(id="a", name="find", arguments='{"q":'), call(id="b", name="look", arguments='{"at":')),
        calls(call(id="a", arguments='"ow'), call(id="b", arguments="[1")),
        calls(call(id="b", arguments="]}"), call(id="a", arguments='ls"}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}'), ("b", "look", '{"at":[1]}')]


def test_q01_a_missing_index_is_not_index_0() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments='{"q":')),
        calls(call(id="b", name="look", arguments='{"at":')),
        calls(call(arguments="7}")),
        calls(call(index=0, arguments='"owls"}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}'), ("b", "look", '{"at":7}')]


# Q2: two calls at index 0.


def test_q02_a_new_id_with_a_name_opens_a_call_at_the_same_index() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments='{"q":"owls"}')),
        calls(call(index=0, id="b", name="find", arguments='{"q":"rooks"}')),
        calls(call(index=0, id="c", name="look", arguments="{}")),
        finished("tool_calls"),
    )
    expected = [("a", "find", '{"q":"owls"}'), ("b", "find", '{"q":"rooks"}'), ("c", "look", "{}")]
    assert made(result) == expected
    assert all(call.complete for call in result.tool_calls)


def test_q02_what_follows_at_the_index_belongs_to_the_newest_call() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments="")),
        calls(call(index=0, arguments='{"q":"owls"}')),
        calls(call(index=0, id="b", name="find", arguments="")),
        calls(call(index=0, arguments='{"q":')),
        calls(call(index=0, arguments='"rooks"}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}'), ("b", "find", '{"q":"rooks"}')]


def test_q02_two_calls_in_one_delta_at_the_same_index() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments="{}"), call(index=0, id="b", name="find", arguments="{}")),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", "{}"), ("b", "find", "{}")]


# Q3: the same id in each chunk.


@pytest.mark.parametrize("index", [0, None])
def test_q03_an_id_in_each_chunk_is_set_once(index: int | None) -> None:
    result, messages = folded(
        calls(call(index=index, id="a", name="find", arguments="")),
        calls(call(index=index, id="a", arguments='{"q":')),
        calls(call(index=index, id="a", arguments='"owls"}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}')]
    assert result.tool_calls[0].aliases == ()
    assert len(runs(messages)) == 1


# Q4: an empty id later.


@pytest.mark.parametrize("later", [{"id": ""}, {"id": None}, {}])
@pytest.mark.parametrize("index", [0, None])
def test_q04_an_empty_id_is_no_id(index: int | None, later: dict[str, Any]) -> None:
    result, _ = folded(
        calls(call(index=index, id="a", name="find", arguments='{"q":')),
        calls(call(index=index, arguments='"ow') | later),
        calls(call(index=index, arguments='ls"}') | later),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}')]
    assert result.tool_calls[0].aliases == ()


# Q5: the id changes.


@pytest.mark.parametrize("index", [0, None])
def test_q05_a_new_id_without_a_name_goes_on_with_the_call(index: int | None) -> None:
    result, messages = folded(
        calls(call(index=index, id="a", name="find", arguments="")),
        calls(call(index=index, id="b", arguments='{"q":')),
        calls(call(index=index, id="c", arguments='"owls"}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}')]
    assert result.tool_calls[0].aliases == ("b", "c")
    assert {message.tool_call.tool_call_id for message in messages} == {"a"}  # type: ignore[union-attr]


def test_q05_an_alias_means_its_call() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments="")),
        calls(call(index=0, id="b", arguments='{"q":')),
        calls(call(index=1, id="x", name="look", arguments='{"at":')),
        calls(call(id="b", arguments='"owls"}')),
        calls(call(id="x", arguments="7}")),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}'), ("x", "look", '{"at":7}')]


@pytest.mark.parametrize("index", [0, None])
def test_q05_a_new_id_in_every_chunk_is_still_one_call(index: int | None) -> None:
    text = json.dumps({"q": "the owls of the north"})
    pieces = [calls(call(index=index, id=f"id-{at}", arguments=piece)) for at, piece in enumerate(text)]
    result, _ = folded(calls(call(index=index, id="a", name="find")), *pieces, finished("tool_calls"))
    assert made(result) == [("a", "find", text)]
    assert set(result.tool_calls[0].aliases) < {f"id-{at}" for at in range(len(text))}


# Q6: the name in every chunk.


@pytest.mark.parametrize("call_id", ["a", None])
@pytest.mark.parametrize("index", [0, None])
def test_q06_an_equal_name_is_kept(index: int | None, call_id: str | None) -> None:
    result, messages = folded(
        calls(call(index=index, id="a", name="find", arguments="")),
        calls(call(index=index, id=call_id, name="find", arguments='{"q":{}')),
        calls(call(index=index, id=call_id, name="find", arguments="")),
        calls(call(index=index, id=call_id, name="find", arguments=',"n":{"m":1}')),
        calls(call(index=index, id=call_id, name="find", arguments="}")),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":{},"n":{"m":1}}')]
    assert [message.tool_call.name for message in messages if message.tool_call.name] == ["find"]  # type: ignore[union-attr]


def test_q06_an_equal_name_is_kept_where_only_white_space_follows_whole_arguments() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments='{"q":1}')),
        calls(call(index=0, name="find", arguments="\n")),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":1}\n')]


# Q7: a name in pieces.


@pytest.mark.parametrize("pieces", [("get_", "weather"), ("get", "_wea", "ther"), tuple("get_weather")])
@pytest.mark.parametrize("approvals", [(), ("get_weather",), ("get_", "get_weather_now")])
def test_q07_a_name_is_joined_before_the_arguments(pieces: tuple[str, ...], approvals: tuple[str, ...]) -> None:
    first, *others = pieces
    result, messages = folded(
        calls(call(index=0, id="a", name=first, arguments="")),
        *(calls(call(index=0, name=piece, arguments="")) for piece in others),
        calls(call(index=0, arguments='{"in":"Oslo"}')),
        finished("tool_calls"),
        requires_approval_tools=approvals,
    )
    assert made(result) == [("a", "get_weather", '{"in":"Oslo"}')]
    kind = "approval_request_message" if "get_weather" in approvals else "tool_call_message"
    assert [(run[0], *run[3:]) for run in runs(messages)] == [(kind, *made(result)[0])]


def test_q07_nothing_is_joined_to_a_name_once_there_are_arguments() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="get_", arguments='{"in":')),
        calls(call(index=0, name="weather", arguments='"Oslo"}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "get_", '{"in":"Oslo"}')]


# Q8: an empty name later.


@pytest.mark.parametrize("index", [0, None])
@pytest.mark.parametrize("members", [{"id": "a"}, {"id": ""}, {}])
def test_q08_an_empty_name_is_no_name(index: int | None, members: dict[str, Any]) -> None:
    result, _ = folded(
        calls(call(index=index, id="a", name="find", arguments="")),
        calls(call(index=index, name="", arguments='{"q":') | members),
        calls(call(index=index, name="", arguments="1}") | members),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":1}')]


# Q9: two entries of one index in one delta.


def test_q09_entries_of_one_index_are_folded_in_their_order() -> None:
    result, messages = folded(
        calls(call(index=0, id="functions.find:0", name="find"), call(index=0, arguments='{"q":')),
        calls(call(index=0, arguments='"ow'), call(index=0, arguments="ls"), call(index=0, arguments='"}')),
        calls(call(index=1, id="functions.look:1", name="look"), call(index=1, arguments="{}")),
        finished("tool_calls"),
    )
    assert made(result) == [("functions.find:0", "find", '{"q":"owls"}'), ("functions.look:1", "look", "{}")]
    assert [run[3:] for run in runs(messages)] == made(result)


# Q10: sparse indices.


@pytest.mark.parametrize("indices", [(1,), (1, 2), (2, 9), (7, 3), (10**9, 0), (-1, 4)])
def test_q10_an_index_is_a_key_and_not_a_position(indices: tuple[int, ...]) -> None:
    result, messages = folded(
        *(calls(call(index=index, id=f"id-{index}", name="find", arguments="")) for index in indices),
        *(calls(call(index=index, arguments=f'{{"n":{index}}}')) for index in indices),
        finished("tool_calls"),
    )
    assert made(result) == [(f"id-{index}", "find", f'{{"n":{index}}}') for index in indices]
    assert len(channels(messages)["calls"]) == len(indices)


# Q11: interleaved indices.


@given(st.permutations([0] * 4 + [1] * 4 + [2] * 4))
def test_q11_interleaved_calls_do_not_mix(order: list[int]) -> None:
    texts = ['{"q":"owls"}', '{"q":{"q":[]}}', '{"q":"{\\"q\\":"}']
    pieces = [iter([(text[:3]), (text[3:5]), (text[5:9]), (text[9:])]) for text in texts]
    opened: set[int] = set()
    frames = []
    for index in order:
        new = {} if index in opened else {"id": f"id-{index}", "name": f"tool_{index}"}
        opened.add(index)
        frames.append(calls(call(index=index, arguments=next(pieces[index]), **new)))
    result, messages = folded(*frames, finished("tool_calls"))
    expected = [(f"id-{index}", f"tool_{index}", texts[index]) for index in range(3)]
    assert sorted(made(result)) == expected
    said = [(call["id"], call["name"], call["arguments"]) for call in channels(messages)["calls"]]
    assert sorted(said) == expected
    assert all(call.complete for call in result.tool_calls)


# Q12: a whole call in one chunk.


@pytest.mark.parametrize("index", [0, None])
def test_q12_a_whole_call_may_come_with_the_finish(index: int | None) -> None:
    whole = call(index=index, id="a", name="find", arguments='{"q":"owls"}')
    result, messages = folded(finished("tool_calls", role="assistant", content=None, tool_calls=[whole]), DONE)
    assert [run[3:] for run in runs(messages)] == made(result) == [("a", "find", '{"q":"owls"}')]
    assert (result.tool_calls[0].complete, result.outcome, result.finish_reason) == (True, "completed", "tool_calls")


def test_q12_several_whole_calls_and_text_in_one_chunk() -> None:
    entries = [call(index=at, id=f"id-{at}", name="find", arguments=f'{{"n":{at}}}') for at in range(3)]
    result, messages = folded(delta(content="Looking.", tool_calls=entries), finished("tool_calls"))
    assert result.text == "Looking."
    assert made(result) == [(f"id-{at}", "find", f'{{"n":{at}}}') for at in range(3)]
    assert [run[0] for run in runs(messages)] == ["assistant_message"] + ["tool_call_message"] * 3


# Q13: arguments as an object.


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"q": "owls", "n": [1, 2]}, '{"q":"owls","n":[1,2]}'),
        ({"ort": "Århus", "deep": {"er": {}}}, '{"ort":"Århus","deep":{"er":{}}}'),
        ({}, "{}"),
        ([1, {"a": None}], '[1,{"a":null}]'),
    ],
)
def test_q13_arguments_that_are_no_text_are_dumped_compactly_and_flagged(value: Any, text: str) -> None:
    result, messages = folded(
        calls(call(index=0, id="a", name="find") | {"function": {"name": "find", "arguments": value}}),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", text)]
    assert channels(messages)["calls"][0]["arguments"] == text
    assert result.tool_calls[0].complete
    (repair,) = noted(result, "repaired")
    assert "arguments" in repair.detail


# Q14: null.


@pytest.mark.parametrize(
    "entry",
    [
        {"index": 0, "function": {"arguments": None}},
        {"index": 0, "function": {"name": None, "arguments": None}},
        {"index": 0, "function": None},
        {"index": 0, "id": None, "type": None, "function": None},
        {"index": 0},
        {},
        None,
    ],
)
def test_q14_null_arguments_and_functions_say_nothing(entry: Any) -> None:
    first, last = calls(call(index=0, id="a", name="find", arguments='{"q":')), calls(call(index=0, arguments="1}"))
    plain, said = folded(first, last, finished("tool_calls"))
    result, messages = folded(first, calls(entry), last, calls(entry), finished("tool_calls"))
    assert made(result) == made(plain) == [("a", "find", '{"q":1}')]
    assert messages == said


@pytest.mark.parametrize("nothing", [None, [], [None], [{}], [{"index": 0, "function": {"arguments": None}}]])
def test_q14_null_calls_alone_are_no_call(nothing: Any) -> None:
    result, messages = folded(delta(content="Hello."), delta(content="", tool_calls=nothing), finished())
    assert (result.text, result.tool_calls) == ("Hello.", ())
    assert len(messages) == 1


@pytest.mark.parametrize("function", [None, {"name": "find", "arguments": None}])
def test_q14_a_call_may_begin_with_null(function: Any) -> None:
    result, _ = folded(
        calls({"index": 0, "id": "a", "type": "function", "function": function}),
        calls(call(index=0, name="find", arguments='{"q":1}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":1}')]


# Q15: cumulative arguments.
#
# When snapshots can be told from deltas: let s1 < s2 < … < sn be the growing snapshots of a JSON object or array, s1
# not blank. s1 has an opening bracket that it does not close, and s2 … sn begin with it again, so s1 + s2 + … + sn is
# never JSON: at the latest a finish that says that the answer is whole decides for snapshots. Before that, as soon as
# one snapshot ends where no value can begin, the deltas are dead, and that decides. If anything else is said before
# (text, another call), the deltas win, as they do where the stream breaks off: a delta must not be lost.
# No rule can tell scalars ("1", "12" are deltas of 112; `"\`, `"\\"` of `"\"\\"`), nor white space that comes alone
# first (" ", " {}" are deltas of "  {}"). And arguments that are no JSON may be read either way: `{"a":`, `{"a":1}` are
# snapshots, or deltas that lack a brace; `detect_snapshots` turns that off.

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-20, 20), st.sampled_from(["", "{", '"', "\\", "[1,", ':"', "a", "Å\u2028"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["", "a", "{", ":", ",", '"', "\\"]), inner)
    ),
    max_leaves=8,
)
TEXTS = st.builds(
    lambda value, separators, ascii_only: json.dumps(value, separators=separators, ensure_ascii=ascii_only),
    st.one_of(VALUES, st.builds(lambda value: [value, [value, [value]]], VALUES)),
    st.sampled_from([(",", ":"), (", ", ": ")]),
    st.booleans(),
)
OBJECTS = TEXTS.filter(lambda text: text[0] in "{[")


def ends_of(text: str, most: int) -> st.SearchStrategy[list[int]]:
    """Where a text is cut: growing ends, the last of them its own."""
    ends = st.lists(st.integers(1, max(1, len(text) - 1)), unique=True, max_size=most - 1)
    return ends.map(lambda inner: sorted({*inner, len(text)}))


def cut(text: str, ends: list[int]) -> list[str]:
    """The deltas that end there."""
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def arguments_of(pieces: list[str], *last: Any, repeats: bool = False) -> tuple[Any, str]:
    """The one call that comes of these pieces of arguments, and what the messages said its arguments are."""
    again = {"id": "a", "name": "find"} if repeats else {}
    frames = [calls(call(index=0, id="a", name="find", arguments=""))]
    frames += [calls(call(index=0, arguments=piece, **again)) for piece in pieces]
    decode = wire.decoder("chat")
    result, messages = folded_chunks(map(decode, [*frames, *last]))
    (made_call,) = result.tool_calls
    return made_call, channels(messages)["calls"][0]["arguments"]


def two_calls(order: list[tuple[int, str]], **options: Any) -> tuple[list[str], list[str]]:
    """What comes of pieces of the arguments of two calls, in this order: in the result, and in the messages."""
    frames = [calls(call(index=at, id=f"id-{at}", name="find", arguments="")) for at in range(2)]
    frames += [calls(call(index=at, arguments=piece)) for at, piece in order]
    result, messages = folded_chunks(map(wire.decoder("chat"), frames), **options)
    said = {entry["id"]: entry["arguments"] for entry in channels(messages)["calls"]}
    return [entry[2] for entry in made(result)], [said[f"id-{at}"] for at in range(2)]


@example(order=[(0, '{"":'), (1, '{"":'), (0, '{"":['), (1, '{"":[')], end=Cancelled())
@given(
    order=st.lists(st.tuples(st.integers(0, 1), st.sampled_from(['{"":', '{"":[', '{"":[[', "[", "[[", "1]", "}"]))),
    end=st.sampled_from(CUT_OFF),
)
def test_q15_deltas_of_calls_side_by_side_lose_nothing(order: list[tuple[int, str]], end: Any) -> None:
    joined = ["".join(piece for index, piece in order if index == at) for at in range(2)]
    assume(all(json_status(text) != "invalid" for text in joined))
    assert two_calls(order, end=end) == (joined, joined)


def test_q15_the_call_that_spoke_last_goes_on_though_another_was_undecided() -> None:
    result, _ = folded(
        calls(call(id="a", name="find", arguments='{"q":')),
        calls(call(id="b", name="look", arguments='{"at":')),
        calls(call(id="a", arguments='{"q":[')),
        calls(call(id="b", arguments="1")),
        calls(call(arguments="}")),
        calls(call(id="a", arguments="]}}")),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":{"q":[]}}'), ("b", "look", '{"at":1}')]


@given(data=st.data(), text=TEXTS)
def test_q15_deltas_of_a_json_value_are_never_taken_for_snapshots(data: st.DataObject, text: str) -> None:
    ends = data.draw(ends_of(text, 12))
    made_call, said = arguments_of(cut(text, ends), finished("tool_calls"))
    assert made_call.arguments == said == text
    assert made_call.complete


def test_q15_no_cut_of_a_text_that_repeats_its_beginning_is_taken_for_snapshots() -> None:
    for text in ("[[],[[]]]", '{"":{"":1}}', "[[[[[]]]]]", '["[",["["]]', "11111", '{"{":{"{":{}}}', '"\\"\\\\"'):
        for count in range(min(len(text), 5)):
            for inner in itertools.combinations(range(1, len(text)), count):
                made_call, said = arguments_of(cut(text, [*inner, len(text)]), finished("tool_calls"))
                assert made_call.arguments == said == text


@given(data=st.data(), text=TEXTS)
def test_q15_deltas_whose_stream_just_ends_are_never_taken_for_snapshots(data: st.DataObject, text: str) -> None:
    pieces = cut(text, data.draw(ends_of(text, 12)))
    kept = pieces[: data.draw(st.integers(1, len(pieces)))]
    made_call, said = arguments_of(kept)
    assert made_call.arguments == said == "".join(kept)
    assert not made_call.complete


@example(text='{"a":{"a":1}}', ends=[5, 12, 13], count=2)
@given(text=st.just("[[],[[]],[[],[[]]]]"), ends=st.sets(st.integers(1, 18)).map(sorted), count=st.integers(1, 19))
def test_q15_deltas_cut_off_by_the_length_limit_are_never_taken_for_snapshots(
    text: str, ends: list[int], count: int
) -> None:
    kept = cut(text, [*ends, len(text)])[:count]
    made_call, said = arguments_of(kept, finished("length"))
    assert made_call.arguments == said == "".join(kept)
    assert not made_call.complete


@given(data=st.data(), text=OBJECTS, repeats=st.booleans())
def test_q15_growing_snapshots_come_out_once(data: st.DataObject, text: str, repeats: bool) -> None:
    ends = data.draw(ends_of(text, 9))
    made_call, said = arguments_of([text[:end] for end in ends], finished("tool_calls"), repeats=repeats)
    assert made_call.arguments == said == text
    assert made_call.complete


@given(text=OBJECTS.filter(lambda text: text[0] == "{"), step=st.integers(1, 3))
def test_q15_any_number_of_snapshots_come_out_once_if_the_deltas_die_early(text: str, step: int) -> None:
    ends = [*range(1, len(text), step), len(text)]
    assume(len(ends) > 2)
    made_call, said = arguments_of([text[:end] for end in ends], finished("tool_calls"))
    assert made_call.arguments == said == text


@pytest.mark.parametrize("count", [8, 9, 10, 12, 40])
def test_q15_any_number_of_snapshots_come_out_once_though_each_ends_where_a_value_can_begin(count: int) -> None:
    texts = ['{"a":[' + "1," * at for at in range(count - 1)]
    whole = texts[-1] + "1]}"
    made_call, said = arguments_of([*texts, whole], finished("tool_calls"))
    assert made_call.arguments == said == whole
    assert made_call.complete


def test_q15_of_a_snapshot_only_the_new_tail_is_said() -> None:
    texts = ['{"q":"ow', '{"q":"owls', '{"q":"owls"', '{"q":"owls"', '{"q":"owls","n":2}', '{"q":"owls","n":2}']
    result, messages = folded(
        *(calls(call(index=0, id="a", name="find", arguments=text)) for text in texts), finished("tool_calls")
    )
    pieces = [message.tool_call.arguments for message in messages]  # type: ignore[union-attr]
    assert pieces == ['{"q":"ow', "ls", '"', ',"n":2}']
    assert made(result) == [("a", "find", '{"q":"owls","n":2}')]
    assert [note.detail for note in noted(result, "repaired")] == ["arguments came as snapshots"]


def test_q15_snapshots_are_deltas_where_they_are_not_looked_for() -> None:
    texts = ["{", '{"q":', '{"q":1}']
    frames = [calls(call(index=0, id="a", name="find", arguments=text)) for text in texts]
    result, _ = folded(*frames, finished("tool_calls"), detect_snapshots=False)
    assert made(result) == [("a", "find", "".join(texts))]
    assert not result.tool_calls[0].complete


def test_q15_calls_side_by_side_grow_each_on_its_own() -> None:
    first, second = '{"q":"owls"}', '{"at":[1,2]}'
    frames = []
    for end in range(3, 13):
        frames.append(calls(call(index=0, id="a", name="find", arguments=first[:end])))
        frames.append(calls(call(index=1, id="b", name="look", arguments=second[end - 3 : end])))
    result, _ = folded(frames[0], frames[1], *frames[2::2], finished("tool_calls"))
    assert made(result)[0] == ("a", "find", first)
    result, _ = folded(
        *(
            calls(
                call(index=0, id="a", name="find", arguments=first[:end]),
                call(index=1, id="b", name="look", arguments=second[end - 3 : end] if end % 3 == 0 else ""),
            )
            for end in range(3, 13)
        ),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", first), ("b", "look", second)]


# Q16: no arguments.


@pytest.mark.parametrize("arguments", ["", None])
def test_q16_no_arguments_are_an_empty_object_once_finished(arguments: str | None) -> None:
    result, messages = folded(
        calls(call(index=0, id="a", name="now", arguments=arguments)), finished("tool_calls"), DONE
    )
    assert made(result) == [("a", "now", "{}")]
    assert result.tool_calls[0].complete
    assert channels(messages)["calls"] == [{"id": "a", "name": "now", "arguments": ""}]


@pytest.mark.parametrize("end", CUT_OFF)
def test_q16_no_arguments_stay_none_while_more_may_come(end: Any) -> None:
    result, _ = folded(calls(call(index=0, id="a", name="now", arguments="")), end=end)
    assert made(result) == [("a", "now", "")]
    assert not result.tool_calls[0].complete


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_q16_no_arguments_stay_none_where_the_answer_was_cut_off(reason: str) -> None:
    result, _ = folded(calls(call(index=0, id="a", name="now", arguments="")), finished(reason))
    assert made(result) == [("a", "now", "")]
    assert not result.tool_calls[0].complete


@pytest.mark.parametrize("arguments", ["{", '{"q":', "{]", "}", '{"q":1}}', "nothing", '{"q":1'])
def test_q16_malformed_arguments_are_never_an_empty_object(arguments: str) -> None:
    result, _ = folded(calls(call(index=0, id="a", name="now", arguments=arguments)), finished("tool_calls"))
    assert made(result) == [("a", "now", arguments)]
    assert (result.tool_calls[0].complete, result.tool_calls[0].closed) == (False, True)
    assert noted(result, "incomplete")


# Q17: a late delta without arguments.


@pytest.mark.parametrize(
    "late",
    [
        call(index=0, arguments=""),
        call(index=0, name="", arguments=""),
        call(index=0, id="", name="", arguments=""),
        call(index=0, id="a", arguments=""),
        call(index=0, id="a", name="find", arguments=""),
        call(index=0, id="a-2", arguments=""),
        call(index=0, name="find", arguments=""),
        call(arguments=""),
        call(id="a", name="find", arguments=""),
    ],
)
def test_q17_a_late_delta_without_arguments_is_no_second_call(late: dict[str, Any]) -> None:
    whole = calls(call(index=0, id="a", name="find", arguments='{"q":1}'))
    _, plain = folded(whole, finished("tool_calls"))
    for frames in ([whole, calls(late), finished("tool_calls")], [whole, finished("tool_calls"), calls(late), DONE]):
        result, messages = folded(*frames)
        assert made(result) == [("a", "find", '{"q":1}')]
        assert result.tool_calls[0].complete
        assert messages == plain


# Q18: id and name in different chunks.


@pytest.mark.parametrize(
    "entries",
    [
        [call(index=0, id="a"), call(index=0, name="find"), call(index=0, arguments='{"q":1}')],
        [call(index=0, name="find"), call(index=0, id="a"), call(index=0, arguments='{"q":1}')],
        [
            call(index=0, id="a"),
            call(index=0, arguments='{"q":'),
            call(index=0, name="find"),
            call(index=0, arguments="1}"),
        ],
        [call(index=0, name="find", arguments='{"q":'), call(index=0, arguments="1}"), call(index=0, id="a")],
        [call(index=0, arguments='{"q":1}'), call(index=0, name="find"), call(index=0, id="a")],
        [call(id="a"), call(name="find"), call(arguments='{"q":1}')],
    ],
)
@pytest.mark.parametrize("approvals", [(), ("find",)])
def test_q18_a_call_is_held_until_its_id_and_name_are_there(
    entries: list[dict[str, Any]], approvals: tuple[str, ...]
) -> None:
    result, messages = folded(*map(calls, entries), finished("tool_calls"), requires_approval_tools=approvals)
    assert made(result) == [("a", "find", '{"q":1}')]
    kind = "approval_request_message" if approvals else "tool_call_message"
    assert [(run[0], *run[3:]) for run in runs(messages)] == [(kind, "a", "find", '{"q":1}')]
    assert messages[0].tool_call.name == "find"  # type: ignore[union-attr]


def test_q18_a_call_is_said_as_soon_as_its_id_and_name_are_there() -> None:
    decode = wire.decoder("chat")
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    said = []
    for entry in (call(index=0, id="a"), call(index=0, arguments='{"q":'), call(index=0, name="find")):
        state, messages = chat.step(state, decode(calls(entry)))
        said.append(len(messages))
    assert said == [0, 0, 1]


# Q19: no id at all.


@pytest.mark.parametrize("nothing", [{}, {"id": ""}, {"id": None}])
def test_q19_a_call_without_an_id_gets_one_of_its_own(nothing: dict[str, Any]) -> None:
    frames = [
        calls(call(index=0, name="find", arguments='{"q":') | nothing),
        calls(call(index=0, arguments="1}") | nothing),
        calls(call(index=1, name="look", arguments="{}") | nothing),
        finished("tool_calls"),
    ]
    result, messages = folded(*frames)
    ids = [synthetic_call_id(MESSAGE_ID, 0), synthetic_call_id(MESSAGE_ID, 1)]
    assert made(result) == [(ids[0], "find", '{"q":1}'), (ids[1], "look", "{}")]
    assert all(call.complete for call in result.tool_calls)
    assert [run[3:] for run in runs(messages)] == made(result)
    assert folded(*frames) == (result, messages)
    (note,) = noted(result, "repaired")
    assert (note.detail, note.count) == ("a tool call without an id", 2)


def test_q19_the_id_may_come_last_of_all() -> None:
    result, messages = folded(
        calls(call(index=0, name="find", arguments='{"q":1}')),
        finished("tool_calls", tool_calls=[call(index=0, id="a")]),
    )
    assert made(result) == [("a", "find", '{"q":1}')]
    assert channels(messages)["calls"] == [{"id": "a", "name": "find", "arguments": '{"q":1}'}]


@pytest.mark.parametrize("end", CUT_OFF)
def test_q19_a_call_without_an_id_is_kept_where_the_stream_breaks_off(end: Any) -> None:
    result, messages = folded(calls(call(index=0, name="find", arguments='{"q":')), end=end)
    assert made(result) == [(synthetic_call_id(MESSAGE_ID, 0), "find", '{"q":')]
    assert channels(messages)["calls"][0]["arguments"] == '{"q":'
    assert not result.tool_calls[0].complete


def test_q19_without_index_and_id_each_whole_call_is_one() -> None:
    result, _ = folded(
        calls(call(name="find", arguments='{"q":"owls"}')),
        calls(call(name="find", arguments='{"q":"rooks"}')),
        calls(call(name="look", arguments="{}")),
        finished("tool_calls"),
    )
    expected = [("find", '{"q":"owls"}'), ("find", '{"q":"rooks"}'), ("look", "{}")]
    assert [entry[1:] for entry in made(result)] == expected
    assert len({call.id for call in result.tool_calls}) == 3


# Q20: extras.


def test_q20_a_thought_signature_stays_with_its_call() -> None:
    signature = {"google": {"thought_signature": "c2lnbmVk"}}
    result, messages = folded(
        calls(
            call(index=0, id="a", name="find", arguments='{"q":1}', extra_content=signature),
            call(index=1, id="b", name="look", arguments="{}"),
        ),
        finished("tool_calls"),
    )
    assert [call.extras for call in result.tool_calls] == [{"extra_content": signature}, {}]
    assert len(messages) == 2


@pytest.mark.parametrize("late", [call(index=0), call(id="a"), call()])
def test_q20_a_thought_signature_may_come_after_the_arguments(late: dict[str, Any]) -> None:
    signature = {"google": {"thought_signature": "c2lnbmVk"}}
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments='{"q":1}')),
        calls(late | {"extra_content": signature}),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":1}')]
    assert result.tool_calls[0].extras == {"extra_content": signature}


# Q21: the function call of the API before tools.


def test_q21_a_legacy_function_call_is_one_call() -> None:
    result, messages = folded(
        delta(role="assistant", content=None, function_call={"name": "find", "arguments": ""}),
        delta(function_call={"arguments": '{"q":'}),
        delta(function_call={"arguments": "1}"}),
        finished("function_call"),
    )
    assert [entry[1:] for entry in made(result)] == [("find", '{"q":1}')]
    assert result.tool_calls[0].id
    assert (result.tool_calls[0].complete, result.finish_reason) == (True, "function_call")
    assert [run[3:] for run in runs(messages)] == made(result)
    assert [note.detail for note in noted(result, "repaired")] == ["a tool call without an id"]


def test_q21_a_legacy_function_call_is_another_than_the_tool_calls() -> None:
    result, _ = folded(
        calls(call(index=0, name="look", arguments="{}")),
        delta(function_call={"name": "find", "arguments": '{"q":1}'}),
        finished("tool_calls"),
    )
    assert [entry[1:] for entry in made(result)] == [("look", "{}"), ("find", '{"q":1}')]
    assert len({call.id for call in result.tool_calls}) == 2


def test_q21_a_legacy_function_call_may_come_whole_and_without_arguments() -> None:
    result, _ = folded(finished("function_call", function_call={"name": "now", "arguments": ""}))
    assert [entry[1:] for entry in made(result)] == [("now", "{}")]


@pytest.mark.parametrize("nothing", [None, {}, {"name": "", "arguments": ""}, {"name": None, "arguments": None}])
def test_q21_an_empty_function_call_is_no_call(nothing: Any) -> None:
    result, messages = folded(delta(content="Hello.", function_call=nothing), finished())
    assert result.tool_calls == ()
    assert len(messages) == 1


# Q22: custom tools.


def test_q22_a_custom_tool_s_input_is_raw_text() -> None:
    result, messages = folded(
        calls(custom(index=0, id="a", name="shell", text="")),
        calls(custom(index=0, text="ls ")),
        calls(custom(index=0, text='-l "{"')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "shell", 'ls -l "{"')]
    assert (result.tool_calls[0].kind, result.tool_calls[0].complete) == ("custom", True)
    assert [run[3:] for run in runs(messages)] == made(result)


def test_q22_raw_text_that_repeats_itself_is_no_snapshot() -> None:
    result, _ = folded(
        calls(custom(index=0, id="a", name="shell", text="{")),
        *(calls(custom(index=0, text=text)) for text in ('{"a', '{"a":', '{"a":1}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "shell", '{{"a{"a":{"a":1}')]
    assert result.tool_calls[0].complete


def test_q22_empty_input_stays_empty() -> None:
    result, _ = folded(calls(custom(index=0, id="a", name="shell", text="")), finished("tool_calls"))
    assert made(result) == [("a", "shell", "")]
    assert result.tool_calls[0].complete


@pytest.mark.parametrize("end", CUT_OFF)
def test_q22_a_custom_tool_s_input_that_broke_off_is_not_complete(end: Any) -> None:
    result, _ = folded(calls(custom(index=0, id="a", name="shell", text="rm -r /tmp")), end=end)
    assert made(result) == [("a", "shell", "rm -r /tmp")]
    assert not result.tool_calls[0].complete


def test_q22_both_kinds_side_by_side() -> None:
    result, _ = folded(
        calls(custom(index=0, id="a", name="shell", text="ls"), call(index=1, id="b", name="find", arguments="")),
        calls(call(index=1, arguments='{"q":1}'), custom(index=0, text=" -l")),
        finished("tool_calls"),
        requires_approval_tools=("shell",),
    )
    assert made(result) == [("a", "shell", "ls -l"), ("b", "find", '{"q":1}')]
    assert [call.kind for call in result.tool_calls] == ["custom", "function"]


# Q24: ids that are used again.


def test_q24_the_same_id_in_the_next_response_is_another_call() -> None:
    first, _ = folded(calls(call(index=0, id="call_0", name="find", arguments='{"q":1}')), finished("tool_calls"))
    second, said = folded(calls(call(index=0, id="call_0", name="look", arguments='{"at":2}')), finished("tool_calls"))
    assert (made(first), made(second)) == ([("call_0", "find", '{"q":1}')], [("call_0", "look", '{"at":2}')])
    assert channels(said)["calls"] == [{"id": "call_0", "name": "look", "arguments": '{"at":2}'}]


def by_index(*frames: Any) -> list[tuple[str, str, str]]:
    """The calls of a stream whose ids do not tell them apart."""
    state, messages = fold(chat, chat.Config(message_id=MESSAGE_ID), map(wire.decoder("chat"), frames))
    check_otids(messages)
    return made(chat.result(state))


def test_q24_the_same_id_at_two_indices_is_two_calls() -> None:
    assert by_index(
        calls(call(index=0, id="find", name="find", arguments='{"q":')),
        calls(call(index=1, id="find", name="find", arguments='{"q":')),
        calls(call(index=0, arguments='"owls"}')),
        calls(call(index=1, arguments='"rooks"}')),
        finished("tool_calls"),
    ) == [("find", "find", '{"q":"owls"}'), ("find", "find", '{"q":"rooks"}')]


def test_q24_the_same_id_at_two_indices_in_every_chunk_is_two_calls() -> None:
    assert by_index(
        calls(call(index=0, id="find", name="find", arguments='{"q":')),
        calls(call(index=1, id="find", name="find", arguments='{"q":')),
        calls(call(index=0, id="find", arguments='"owls"}')),
        calls(call(index=1, id="find", arguments='"rooks"}')),
        finished("tool_calls"),
    ) == [("find", "find", '{"q":"owls"}'), ("find", "find", '{"q":"rooks"}')]


# What the lines have in common.


def test_calls_cut_over_frames_anywhere_are_the_same() -> None:
    body = sse(
        calls(call(index=0, id="a", name="find", arguments='{"q":"Å')),
        chunk(),
        calls(call(index=0, arguments='"}')),
        finished("tool_calls"),
        DONE,
    )
    whole = folded_bytes(body)
    for at in range(len(body)):
        assert folded_chunks(wire.read("chat", [body[:at], body[at:]])) == whole


def test_the_index_of_an_open_call_says_more_than_an_alias_of_another() -> None:
    """Some servers send a new id with every chunk; two calls may come by the same one."""
    result, _ = folded(
        calls(call(0, id="c0", name="f", arguments='{"a":')),
        calls(call(0, id="x", arguments="1}")),
        calls(call(1, id="c1", name="g", arguments='{"b":')),
        calls(call(1, id="x", arguments="2}")),
    )
    assert [(call.id, call.arguments) for call in result.tool_calls] == [("c0", '{"a":1}'), ("c1", '{"b":2}')]
