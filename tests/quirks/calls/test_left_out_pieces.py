"""What cannot be read of a chunk is kept, and casts doubt on the calls whose arguments it may have been a piece of."""

import json
from typing import Any

import pytest
from streamfold.reducer import Doubt
from support.chat_shapes import COUNTS, DONE, call, choice, chunk, delta, finished, folded, folded_bytes, sse

BEGUN = delta(tool_calls=[call(0, "call_a", "remove", '{"path": "/a')])
REST = delta(tool_calls=[call(0, arguments='"}')])
ENDED = (finished("tool_calls"), DONE)


@pytest.mark.parametrize(
    "piece",
    [
        {"data": [delta(tool_calls=[call(0, arguments="/b")]), {}]},
        [delta(tool_calls=[call(0, arguments="/b")])["choices"]],
        '{"choices": "a chunk that was put into quotes"}',
        chunk() | {"choices": {"delta": {"content": "x"}}},
        chunk("x"),  # type: ignore[arg-type]
        chunk({"index": 0, "delta": '{"tool_calls": []}'}),
        delta(tool_calls=['{"index": 0}']),
        delta(tool_calls=[{"index": 0, "function": "/b"}]),
        delta(tool_calls=[{"index": 0, "function": {"input": "/b"}}]),
        delta(tool_calls=[{"index": 0, "function": {"partial_json": "/b"}}]),
        delta(tool_calls=[{"index": 0, "function": {"name": ""}, "arguments": "/b"}]),
        delta(tool_calls=[{"index": 0, "name": None, "arguments_delta": "/b"}]),
        delta(tool_call={"index": 0, "function": {"arguments": "/b"}}),
        chunk(choice() | {"tool_calls": [call(0, arguments="/b")]}),
        chunk() | {"delta": {"tool_calls": [call(0, arguments="/b")]}},
        {"id": "x", "object": "chat.completion.chunk", "delta": {"tool_calls": [call(0, arguments="/b")]}},
        {"model": "m", "object": "chunk", "delta": {"tool_calls": [call(0, arguments="/b")]}},
    ],
    ids=str,
)
def test_q13_a_piece_that_cannot_be_read_casts_doubt(piece: Any) -> None:
    result, _ = folded_bytes(sse(BEGUN, json.dumps(piece), REST, *ENDED))
    (doubted,) = result.tool_calls[0].doubts
    assert doubted.doubt is Doubt.FRAME_LOST
    assert folded(BEGUN, REST, *ENDED)[0].tool_calls[0].complete


@pytest.mark.parametrize("name", ["parameters", "input", "args"])
def test_q13_arguments_under_another_name_are_no_call_without_any(name: str) -> None:
    entry = {"index": 0, "id": "call_a", "type": "function", "function": {"name": "remove", name: {"path": "/"}}}
    result, _ = folded(delta(tool_calls=[entry]), *ENDED)
    assert not result.tool_calls[0].complete
    assert result.tool_calls[0].extras == {"function": {name: {"path": "/"}}}


@pytest.mark.parametrize("name", ["parameters", "input", "args", "params", "arguments"])
@pytest.mark.parametrize("value", [{"path": "/"}, '{"path": "/"}'], ids=["object", "text"])
def test_q13_flat_arguments_of_another_name_are_read(name: str, value: Any) -> None:
    entry = {"index": 0, "id": "call_a", "name": "remove"}
    at_once, _ = folded(delta(tool_calls=[{**entry, name: value}]), *ENDED)
    later, _ = folded(delta(tool_calls=[entry]), delta(tool_calls=[{"index": 0, name: value}]), *ENDED)
    for result in (at_once, later):
        (made,) = result.tool_calls
        assert (made.name, json.loads(made.arguments), made.complete) == ("remove", {"path": "/"}, True)


@pytest.mark.parametrize("name", ["kwargs", "partial_json", "arguments_delta"])
def test_q13_a_flat_call_with_odd_members_is_in_doubt(name: str) -> None:
    result, _ = folded(delta(tool_calls=[{"index": 0, "id": "a", "name": "remove", name: '{"path": "/"}'}]), *ENDED)
    assert not result.tool_calls[0].complete


@pytest.mark.parametrize("sign", [{"status": "queued"}, {"type": "ping"}, {"id": "x", "n": [1, 2]}], ids=str)
def test_q13_what_can_hold_no_arguments_casts_none(sign: Any) -> None:
    result, _ = folded_bytes(sse(BEGUN, sign, REST, *ENDED))
    assert result.tool_calls[0].complete


def test_q21_one_call_that_comes_by_both_apis_at_once_is_one() -> None:
    pieces = ('{"city": "Os', 'lo"}')
    named = [({"name": "look_up", "arguments": pieces[0]}, {"id": "call_0"}), ({"arguments": pieces[1]}, {})]
    chunks = [
        delta(function_call=function, tool_calls=[{"index": 0, "function": function, **more}])
        for function, more in named
    ]
    result, _ = folded(*chunks, *ENDED)
    assert [(it.id, it.name, it.arguments, it.complete) for it in result.tool_calls] == [
        ("call_0", "look_up", '{"city": "Oslo"}', True)
    ]


def test_q81_a_name_takes_no_arguments_of_another_index() -> None:
    named = [delta(tool_calls=[call(None, f"call_{name}", name)]) for name in ("look_up", "send")]
    waiting = [delta(tool_calls=[call(at, arguments=f'{{"n": {at}}}')]) for at in (0, 1)]
    result, _ = folded(named[0], waiting[0], named[1], waiting[1], *ENDED)
    assert not any(one.complete for one in result.tool_calls)
    known = [one for one in result.tool_calls if one.name]
    assert [one.doubts[0].doubt for one in known] == [Doubt.ORPHAN_ARGUMENTS] * 2


@pytest.mark.parametrize(
    ("error", "said", "category"),
    [
        ({"statusCode": 429, "message": "Rate limit is exceeded"}, "Rate limit is exceeded", "rate limit"),
        ({"error_code": 336003, "error_msg": "boom"}, "boom", "unknown"),
        ({"success": False, "errors": [{"code": 5006, "message": "boom"}]}, "boom", "unknown"),
        ({"__type": "ThrottlingException", "Message": "slow"}, "slow", "rate limit"),
        ({"internalServerException": {"message": "internal error"}}, "internal error", "server"),
        ({"error": True, "message": "boom"}, "boom", "unknown"),
    ],
    ids=str,
)
def test_q83_errors_of_other_shapes_fail_the_run(error: Any, said: str, category: str) -> None:
    result, _ = folded(delta(content="a"), error)
    assert result.outcome == "failed"
    assert result.error is not None
    assert (result.error.message, result.error.category) == (said, category)


@pytest.mark.parametrize("where", ["delta", "message"])
def test_q83_an_error_inside_of_a_delta_fails_the_run(where: str) -> None:
    result, _ = folded(delta(content="a"), chunk({"index": 0, where: {"error": {"message": "boom"}}}))
    assert (result.outcome, result.error and result.error.message) == ("failed", "boom")


@pytest.mark.parametrize(
    "fine", [{"status": "completed", "message": "done"}, {"code": 20000, "message": "success"}], ids=str
)
def test_q83_a_code_that_says_that_all_is_well_is_no_error(fine: Any) -> None:
    result, _ = folded(delta(content="a"), finished(), chunk(usage=COUNTS) | fine, DONE)
    assert (result.outcome, result.error) == ("completed", None)


def test_q92_an_error_after_the_end_of_the_answer_changes_nothing() -> None:
    whole = delta(tool_calls=[call(0, "call_a", "look_up", "{}")])
    result, _ = folded(whole, *ENDED, {"error": {"message": "late"}})
    assert (result.outcome, result.error, result.tool_calls[0].complete) == ("completed", None, True)
    assert "an error after the end of the answer" in [note.detail for note in result.diagnostics]


def test_q33_counts_that_come_apart_are_put_together() -> None:
    apart = [chunk(usage={"prompt_tokens": 7}), chunk(usage={"prompt_tokens": None, "completion_tokens": 3})]
    result, _ = folded(delta(content="a"), finished(), *apart, chunk(usage=dict.fromkeys(COUNTS, 0)), DONE)
    assert (result.usage.input_tokens, result.usage.output_tokens) == (7, 3)


def test_a_choice_s_unreadable_members_are_kept() -> None:
    result, _ = folded(chunk(choice(content=3.5, reasoning={"content": "x"})), finished(), DONE)
    assert result.extras["choice"] == {"delta": {"content": 3.5, "reasoning": {"content": "x"}}}
