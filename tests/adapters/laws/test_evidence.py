"""What the laws look at: a stream at a chunk, one step further, finished; and what messages say."""

from types import SimpleNamespace
from typing import Any

import pytest
from streamfold.adapters.laws.evidence import begin, called, finish, runs, spoken, step, text_of
from streamfold.adapters.laws.oracle import Oracle
from streamfold.reducer import Cancelled, Ended, chat, fold
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.messages import ApprovalRequestMessage, HiddenReasoningMessage, StopReason, ToolCallDelta
from support.adapters.finished_folds import CONFIG, call, content, ids, refusal, text, thought
from support.law_checks import MESSAGE_ID

HELLO = Chunk(choices=(Choice(delta=Delta(content="Hello")),))
WORLD = Chunk(choices=(Choice(delta=Delta(content=" world")),))


def test_a_stream_goes_on_by_steps_to_its_end() -> None:
    first = step(begin(chat, CONFIG), HELLO)
    second = step(first.after, WORLD)
    assert (first.before.chunks, second.before, second.after.chunks) == ((), first.after, (HELLO, WORLD))
    assert [text_of(message) for message in second.messages] == [" world"]
    done = finish(second.after, Cancelled())
    assert (done.state, done.messages) == fold(chat, CONFIG, [HELLO, WORLD], Cancelled())
    assert done.result == chat.result(done.state)
    assert (first.raised, second.raised, done.end) == (None, None, Cancelled())


def test_a_start_s_messages_are_the_stream_s() -> None:
    hidden = HiddenReasoningMessage(*ids(0))
    machine = SimpleNamespace(start=lambda config: ("state", [hidden]))
    assert begin(machine, CONFIG).messages == (hidden,)


def test_what_a_step_raises_is_kept_and_changes_nothing() -> None:
    def broken(state: Any, chunk: Any) -> Any:
        raise KeyError("no")

    before = begin(SimpleNamespace(start=chat.start, step=broken), CONFIG)
    done = step(before, HELLO)
    assert isinstance(done.raised, KeyError)
    assert (done.after.state, done.after.messages, done.messages) == (before.state, before.messages, ())
    assert done.after.chunks == (HELLO,)


def test_what_chunks_said_is_read_once_and_with_the_config() -> None:
    seen: list[Any] = []

    def read(chunks: Any, config: Any) -> Any:
        seen.append((chunks, config))
        return content("Hello")

    after = step(begin(chat, CONFIG, Oracle(content=read)), HELLO).after
    assert after.content is after.content
    assert seen == [((HELLO,), CONFIG)]


@pytest.mark.parametrize(
    ("message", "added"),
    [
        (text("a"), "a"),
        (thought("b"), "b"),
        (refusal("c"), "c"),
        (call("1", "f", "d"), "d"),
        (call("1", "f", None), ""),
        (HiddenReasoningMessage(*ids(0)), ""),
        (StopReason(*ids(0), "error", "e"), ""),
    ],
)
def test_the_text_of_a_message_is_what_it_adds(message: Any, added: str) -> None:
    assert text_of(message) == added


def test_messages_are_joined_by_channel_and_by_call() -> None:
    messages = [
        thought("Hm."),
        text("a"),
        call("1", "f", "{"),
        refusal("no"),
        call("2", "g", "["),
        text("b"),
        call("1", "x", "}"),
    ]
    assert spoken(messages) == {"text": "ab", "reasoning": "Hm.", "refusal": "no", "arguments": "{[}"}
    approval = ApprovalRequestMessage(*ids(4), ToolCallDelta("rm", "[]", "3"))
    assert spoken([approval])["arguments"] == "[]"
    assert called(messages) == {"1": ("fx", "{}"), "2": ("g", "[")}
    assert spoken([]) == {"text": "", "reasoning": "", "refusal": "", "arguments": ""}


def test_a_run_is_a_stretch_of_one_type_otid_and_call() -> None:
    messages = [
        text("a"),
        text("b"),
        text("c", 1),
        thought("d", 2),
        call("1", "f", "{", 3),
        call("1", "g", "}", 3),
        call("2", "h", None, 3),
    ]
    assert [(kind, otid[-2:], of, name, said) for kind, _, otid, of, name, said in runs(messages)] == [
        ("assistant_message", "80", None, "", "ab"),
        ("assistant_message", "81", None, "", "c"),
        ("reasoning_message", "82", None, "", "d"),
        ("tool_call_message", "83", "1", "fg", "{}"),
        ("tool_call_message", "83", "2", "h", ""),
    ]
    assert {run[1] for run in runs(messages)} == {MESSAGE_ID}


def test_a_finished_stream_may_be_finished_anew() -> None:
    prefix = step(begin(chat, CONFIG), HELLO).after
    assert finish(prefix, Ended()).result.outcome == "truncated"
    assert finish(prefix, Cancelled()).result.outcome == "cancelled"
