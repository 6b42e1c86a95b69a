"""Texts that come again: what is held, what is emitted, and what a step makes of it."""

from streamfold.reducer import Done, responses
from streamfold.reducer.result import TextPart
from streamfold.reducer.values.text import BLOCK
from support.event_shapes import (
    LEFT_OUT,
    arguments_delta,
    arguments_done,
    begun,
    chunks_of,
    citation,
    completed,
    created,
    error,
    folded,
    function_call,
    item_added,
    item_done,
    message,
    message_lane,
    numbered,
    open_state,
    progress,
    text_delta,
    text_part,
)
from support.law_checks import channels


def test_what_may_be_a_repetition_waits_for_what_is_none() -> None:
    state = open_state([created(), *message_lane("abc", pieces=["abc"])])
    state, said = responses.step(state, _delta("bc"))
    assert said == ()
    state, said = responses.step(state, _delta("x"))
    assert [one.content for one in said] == ["bcx"]  # type: ignore[union-attr]
    state, said = responses.step(state, _delta("bc"))
    assert [one.content for one in said] == ["bc"]  # type: ignore[union-attr]


def test_a_repetition_is_looked_for_from_where_the_last_one_began() -> None:
    for late in (["a", "b"], ["ab"], ["a", "x", "a"], ["a", "bx"], ["abx"], ["ay"]):
        fold = folded([created(), *message_lane("axab", pieces=["axab"]), *map(text_delta, late)])
        assert channels(fold.messages)["text"] == fold.result.text == "axab" + "".join(late)


def test_a_long_text_that_was_added_is_matched_in_any_block() -> None:
    text = "".join(chr(0x100 + at % 500) for at in range(2 * BLOCK + 7))
    for size in (1000, BLOCK, BLOCK + 1):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        fold = folded([item_added(message(0, text)), *map(text_delta, pieces), text_delta("!")])
        assert channels(fold.messages)["text"] == fold.result.text == text + "!"


def test_deltas_that_go_on_keep_the_part_in_work() -> None:
    state = open_state([begun(message()), text_delta("a"), text_delta("b")])
    assert state.work is not None
    assert (state.work.position, state.work.part, str(state.text)) == (0, 0, "ab")


def _delta(piece: str) -> responses.Chunk:
    return responses.Chunk(
        type="response.output_text.delta", output_index=0, item_id="item_0", content_index=0, delta=piece
    )


def test_numbers_that_are_not_believed_stay_so_while_a_part_goes_on() -> None:
    events = [text_delta(piece, sequence_number=number) for number, piece in ((1, "a"), (1, "b"), (2, "c"), (2, "d"))]
    fold = folded(events)
    assert (fold.result.text, fold.state.dedup.believed, fold.state.recent) == ("abcd", False, "")


def test_deltas_of_a_part_that_rests_are_known_again() -> None:
    events = numbered([text_delta("a"), text_delta("b"), text_delta("c"), text_delta("x", 1), text_delta("y", 1)])
    once = folded(events)
    for event in events:
        assert folded([*events, event]).messages == once.messages


def test_a_response_that_is_done_says_how_by_what_it_holds() -> None:
    for members, outcome, reason in (
        ({"error": {"message": "boom"}}, "failed", "failed"),
        ({"incomplete_details": {"reason": "max_output_tokens"}}, "completed", "max_output_tokens"),
        ({}, "completed", "done"),
        ({"status": "canceled"}, "cancelled", "canceled"),
    ):
        result = folded([{"type": "response.done", "response": members}]).result
        assert (result.outcome, result.finish_reason) == (outcome, reason)
    late = folded([{"type": "response.failed"}, error("boom")]).result
    assert late.error is not None
    assert late.error.message == "boom"


def test_a_call_is_known_by_its_call_id_where_nothing_else_tells() -> None:
    calls = [function_call(at, id=f"x{at}") for at in range(2)]
    begins = [item_added(call, output_index=LEFT_OUT) for call in calls]
    ends = [
        item_done({**call, "id": "y", "arguments": str(at)}, output_index=LEFT_OUT) for at, call in enumerate(calls)
    ]
    known = folded([*begins, *ends, item_done(function_call(0, id="z"), 7)])
    assert [call.arguments for call in known.result.tool_calls][:2] == ["0", "1"]
    other = folded([*begins, item_done(function_call(1, id="x0"), output_index=LEFT_OUT)])
    assert len(other.result.tool_calls) == 2
    renamed = folded([begun(function_call()), item_done(function_call(0, call_id="call_9"))], agree=False)
    assert [(call.id, call.aliases) for call in renamed.result.tool_calls] == [("call_0", ("call_9",))]
    deltas = [arguments_delta("1", output_index=LEFT_OUT, item_id=LEFT_OUT, call_id="call_1")]
    assert [call.arguments for call in folded([*begins, *deltas]).result.tool_calls] == ["", "1"]


def test_a_shell_s_output_is_kept_by_its_streams() -> None:
    pieces = [({"stdout": "a", "exit": 1}, 1), ({"stdout": "b"}, 0), ("c", 2)]
    events = [progress("shell_call_output_content", "delta", delta=piece, command_index=at) for piece, at in pieces]
    (part,) = folded(events).result.content
    assert part.item["output"] == ({"stdout": "b"}, {"stdout": "a"}, "c")  # type: ignore[union-attr]


def test_citations_are_of_the_parts_that_have_their_text() -> None:
    cited = text_part("one", citation("x"))
    fold = folded([text_delta("one", at=4), item_done(message(0, cited))])
    assert fold.result.content == (TextPart("one", (citation("x"),)),)
    bare = folded([item_done(message(0, text_part("", citation("x"))))])
    assert bare.result.content == (TextPart("", (citation("x"),)),)


def test_arguments_that_are_done_twice_close_their_call_once() -> None:
    fold = folded([begun(function_call()), arguments_done("{}"), arguments_done("{}"), completed(output=None)])
    assert [(call.arguments, call.complete) for call in fold.result.tool_calls] == [("{}", True)]
    assert fold.closed() == [("call_0", [])]


def test_an_item_that_begins_again_says_nothing() -> None:
    fold = folded([item_added(message(0, "ab")), text_delta("abc"), item_added(message(0, "ab"))])
    assert channels(fold.messages)["text"] == fold.result.text == "abc"


def test_a_call_id_that_comes_again_after_its_call_is_another_call() -> None:
    first = [begun(function_call()), item_done(function_call(arguments='{"a":1}'))]
    fold = folded([*first, item_done(function_call(id="z", arguments="[]"), 7)], agree=False)
    assert [call.arguments for call in fold.result.tool_calls] == ['{"a":1}', "[]"]


def test_text_of_a_done_item_is_ignored_after_the_end() -> None:
    late = text_delta("tu")
    for end in (Done(), None):
        events = [created(), item_done(message(0, "other")), late]
        state = open_state(events)
        for chunk in [*([end] if end else chunks_of([completed()])), *chunks_of([late])]:
            state, _ = responses.step(state, chunk)
        assert responses.result(state).text == "othertu"


def test_text_of_an_open_item_goes_on_after_a_done_marker() -> None:
    state = open_state([created(), begun(message()), text_delta("Hel")])
    for chunk in (Done(), *chunks_of([text_delta("lo")])):
        state, _ = responses.step(state, chunk)
    assert responses.result(state).text == "Hello"


def test_what_comes_late_is_searched_for_so_many_times() -> None:
    done = item_done({"type": "message", "id": "msg_0"}, 0)
    for times, said in ((1, ()), (40, ("bc",))):
        late = [event for at in range(times) for event in (text_delta(chr(0x100 + at)), done)]
        state = open_state([created(), *message_lane("abc", pieces=["abc"]), *late])
        _, messages = responses.step(state, _delta("bc"))
        assert tuple(message.content for message in messages) == said  # type: ignore[union-attr]
