"""Names, ids and kinds of tool calls, and when they come: one test or more for each line of the list."""

from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.reducer import Undecodable, chat, fold
from streamfold.reducer.otid import synthetic_call_id
from support.chat_shapes import (
    CUT_OFF,
    DONE,
    call,
    call_deltas,
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
from support.law_checks import MESSAGE_ID, channels, runs

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
    assert [piece.name for piece in call_deltas(messages) if piece.name] == ["find"]


def test_q06_an_equal_name_is_kept_where_white_space_follows_whole_arguments() -> None:
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


def test_q07_a_name_that_comes_cumulatively_is_one() -> None:
    names = [calls(call(index=0, id="a", name=name)) for name in ("get_", "get_wea", "get_weather")]
    result, messages = folded(*names, calls(call(index=0, arguments="{}")), finished("tool_calls"), DONE)
    assert [(made.name, made.complete) for made in result.tool_calls] == [("get_weather", True)]
    assert "".join(said.name or "" for said in call_deltas(messages)) == "get_weather"


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


def test_q18_a_call_is_said_once_its_id_and_name_are_there() -> None:
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
def test_q19_a_call_without_id_is_kept_where_the_stream_breaks_off(end: Any) -> None:
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


# What the lines have in common.


@pytest.mark.deep
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


# Q80: a frame is lost inside the arguments, and what is left of them is JSON all the same.

LOST = Undecodable("not JSON", lost=True)
REMOVE, WHOLE = '{"cmd":"rm -r /tmp/x', '{"cmd":"rm -r /tmp/x --verbose"}'


def doubts_of(*frames: Any) -> list[list[str]]:
    decode = wire.decoder("chat")
    chunks = [frame if isinstance(frame, Undecodable) else decode(frame) for frame in frames]
    state, _ = fold(chat, chat.Config(message_id=MESSAGE_ID), chunks)
    return [[doubted.doubt.value for doubted in made.doubts] for made in chat.result(state).tool_calls]


def begun(arguments: str, index: int = 0) -> Any:
    return calls(call(index=index, id=f"call_{index}", name="bash", arguments=arguments))


def piece(arguments: str, index: int = 0) -> Any:
    return calls(call(index=index, arguments=arguments))


REST = piece(' --verbose"}')


def test_q80_a_call_with_a_hole_is_not_complete() -> None:
    assert doubts_of(begun(REMOVE), LOST, REST, finished("tool_calls")) == [["FRAME_LOST"]]
    assert doubts_of(begun(""), LOST, piece(WHOLE), finished("tool_calls")) == [["FRAME_LOST"]]
    assert doubts_of(calls(custom(0, "a", "sh", "ls")), LOST, finished("tool_calls")) == [["FRAME_LOST"]]


def test_q80_of_several_calls_the_open_ones_are_doubted() -> None:
    frames = [begun(WHOLE), begun(REMOVE, 1), LOST, piece(' --verbose"}', 1), begun(WHOLE, 2), finished("tool_calls")]
    assert doubts_of(*frames) == [[], ["FRAME_LOST"], []]


@pytest.mark.parametrize("other", [Undecodable("a bare word", lost=False), delta(content="x"), delta()])
def test_q80_what_loses_nothing_casts_no_doubt(other: Any) -> None:
    assert doubts_of(begun(REMOVE), other, REST, finished("tool_calls")) == [[]]
    assert doubts_of(begun(WHOLE), LOST, finished("tool_calls")) == doubts_of(LOST, begun(WHOLE), finished()) == [[]]


def test_q80_a_whole_message_has_what_was_lost() -> None:
    message = {"tool_calls": [call(id="call_0", name="bash", arguments=WHOLE)]}
    whole = {"choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
    assert doubts_of(begun(REMOVE), LOST, whole) == [[]]


def test_q80_half_a_frame_is_lost_and_a_ping_is_none() -> None:
    for garbled, found in (('{"choices":[{"delta":{"tool', ["FRAME_LOST"]), ("ping", [])):
        assert doubts_of(begun(REMOVE), wire.decoder("chat")(garbled), REST, finished("tool_calls")) == [found]
