"""Arguments that come as growing snapshots, and are told from deltas."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.reducer import Cancelled
from streamfold.reducer.values.json_status import json_status
from support.chat_shapes import (
    CUT_OFF,
    call,
    call_deltas,
    calls,
    finished,
    folded,
    folded_chunks,
    made,
    noted,
)
from support.law_checks import channels

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
MEMBERS = st.dictionaries(st.sampled_from(["", "a", "{", ":", ",", '"', "\\"]), VALUES)


def texts_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """JSON of these values, in any spelling."""
    return st.builds(
        lambda value, separators, ascii_only: json.dumps(value, separators=separators, ensure_ascii=ascii_only),
        values,
        st.sampled_from([(",", ":"), (", ", ": ")]),
        st.booleans(),
    )


TEXTS = texts_of(st.one_of(VALUES, st.builds(lambda value: [value, [value, [value]]], VALUES)))
OBJECTS = texts_of(
    st.one_of(MEMBERS, st.lists(VALUES, max_size=3), st.builds(lambda value: [value, [value, [value]]], VALUES))
)


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
    assert said == text
    assert made_call.arguments == ("{}" if text == "null" else text)
    assert made_call.complete == (text == "null" or text.startswith("{"))


@pytest.mark.deep
def test_q15_cuts_of_text_that_repeats_its_beginning_are_no_snapshots() -> None:
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
def test_q15_deltas_cut_off_by_length_are_never_taken_for_snapshots(text: str, ends: list[int], count: int) -> None:
    kept = cut(text, [*ends, len(text)])[:count]
    made_call, said = arguments_of(kept, finished("length"))
    assert made_call.arguments == said == "".join(kept)
    assert not made_call.complete


@given(data=st.data(), text=OBJECTS, repeats=st.booleans())
def test_q15_growing_snapshots_come_out_once(data: st.DataObject, text: str, repeats: bool) -> None:
    ends = data.draw(ends_of(text, 9))
    made_call, said = arguments_of([text[:end] for end in ends], finished("tool_calls"), repeats=repeats)
    assert made_call.arguments == said == text
    assert made_call.complete == text.startswith("{")


@given(text=texts_of(MEMBERS.filter(bool)), step=st.integers(1, 3))
def test_q15_any_number_of_snapshots_come_out_once_where_deltas_die(text: str, step: int) -> None:
    ends = [*range(1, len(text), step), len(text)]
    assume(len(ends) > 2)
    made_call, said = arguments_of([text[:end] for end in ends], finished("tool_calls"))
    assert made_call.arguments == said == text


@pytest.mark.parametrize("count", [8, 9, 10, 12, 40])
def test_q15_snapshots_that_end_where_values_can_begin_come_out_once(count: int) -> None:
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
    pieces = [piece.arguments for piece in call_deltas(messages)]
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
