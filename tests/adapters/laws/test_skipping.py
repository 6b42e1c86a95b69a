"""The messages of a fold that skips some types, by the fold that skips none."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import strategies
from streamfold.adapters.laws.evidence import begin, finish, step
from streamfold.adapters.laws.skipping import unskipped, without
from streamfold.adapters.wire.machines import MACHINES
from streamfold.reducer import Ended, ToolCallClosed, chat, fold, otid
from streamfold.reducer.config import BaseConfig
from streamfold.reducer.otid import approval_id
from support.alphabets import called, said
from support.law_checks import MESSAGE_ID

TYPES = (
    "reasoning_message",
    "hidden_reasoning_message",
    "assistant_message",
    "refusal_message",
    "tool_call_message",
    "approval_request_message",
    "server_tool_message",
    "annotation_message",
)
skips = st.frozensets(st.sampled_from(TYPES), min_size=1)


@pytest.mark.parametrize("wire", MACHINES)
@given(data=st.data(), skipped=skips, hides=st.sampled_from([None, True]))
def test_a_fold_emits_what_is_left_of_the_fold_that_skips_nothing(
    wire: str, data: st.DataObject, skipped: frozenset[str], hides: bool | None
) -> None:
    stream = data.draw(strategies.streams(wire, quirks=strategies.ALL))
    chunks = data.draw(strategies.prefixes(stream.chunks))
    end = data.draw(strategies.ends())
    config: BaseConfig = evolve(stream.config, hides_reasoning=hides)
    every, messages = fold(stream.machine, config, chunks, end)
    state, left = fold(stream.machine, evolve(config, skip_messages=skipped), chunks, end)
    assert left == tuple(without(messages, skipped, config.message_id))
    assert stream.machine.result(state) == stream.machine.result(every)


def test_runs_on_both_sides_are_one_run() -> None:
    chunks = [chat.Delta(content="a"), chat.Delta(refusal="no"), chat.Delta(content="b"), chat.Delta(reasoning="c")]
    config = chat.Config(message_id=MESSAGE_ID, skip_messages={"refusal_message"})
    state, messages = fold(chat, config, map(said, chunks))
    assert [(message.message_type, message.otid) for message in messages] == [
        ("assistant_message", otid(MESSAGE_ID, 0)),
        ("assistant_message", otid(MESSAGE_ID, 0)),
        ("reasoning_message", otid(MESSAGE_ID, 1)),
    ]
    assert chat.result(state).refusal == "no"


def test_a_skipped_run_is_the_open_one_all_the_same() -> None:
    """What the fold emits otherwise does not change: also not which of two texts of one delta goes first."""
    both = chat.Delta(content="c", reasoning="r")
    chunks = [said(chat.Delta(content="a")), said(chat.Delta(refusal="no")), said(both)]
    for skipped in ((), {"refusal_message"}):
        _, messages = fold(chat, chat.Config(message_id=MESSAGE_ID, skip_messages=skipped), chunks)
        assert [message.message_type for message in messages if message.message_type not in skipped][-2:] == [
            "reasoning_message",
            "assistant_message",
        ]


def test_approval_requests_keep_their_otid() -> None:
    config = chat.Config(message_id=MESSAGE_ID, requires_approval_tools=["rm"], skip_messages={"assistant_message"})
    chunks = [
        called(0, "a", "rm", "{"),
        said(chat.Delta(content="t")),
        called(0, piece="}"),
        said(chat.Delta(refusal="n")),
    ]
    _, messages = fold(chat, config, chunks)
    assert {message.otid for message in messages[:-1]} == {approval_id(MESSAGE_ID)}
    assert messages[-1].otid == otid(MESSAGE_ID, 1)


def test_a_message_in_no_run_has_no_index() -> None:
    closed = ToolCallClosed(MESSAGE_ID, None, None, "call_a", ())
    _, messages = fold(chat, chat.Config(message_id=MESSAGE_ID), [said(chat.Delta(content="t"))] * 2)
    assert list(without([messages[0], closed, messages[1]], (), MESSAGE_ID)) == [messages[0], closed, messages[1]]


def test_a_stream_is_finished_again_without_skipping() -> None:
    config = chat.Config(message_id=MESSAGE_ID, skip_messages={"assistant_message"})
    done = finish(step(begin(chat, config), said(chat.Delta(content="t"))).after, Ended())
    assert done.messages == ()
    again = unskipped(done)
    assert [message.message_type for message in again.messages] == ["assistant_message"]
    assert again.result == done.result
