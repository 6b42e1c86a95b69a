"""The example in the place of Letta's streaming interfaces: its surface, and that it says what the folds say."""

import asyncio
import inspect
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from differential.legacy_answers import Answer, answer_of_ours, answer_of_theirs, frames_of, joined
from streamfold import StreamFailed
from streamfold.adapters.driver import RunCancelled
from streamfold.adapters.protocols.letta import UNKNOWN_TYPES
from streamfold.reducer import Ended
from support import chat_shapes as shapes
from support import event_shapes as events

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "legacy"), str(ROOT / "docs" / "examples")]

import answers  # noqa: E402
import comparing  # noqa: E402
import legacy_interfaces as example  # noqa: E402
import rows  # noqa: E402

RECORDINGS = ("chat__", "responses__", "inner__")
STREAMS = [*sorted((ROOT / "tests" / "streams").glob("*.sse")), *sorted((ROOT / "tests" / "streams").glob("*.jsonl"))]
SHARED = ["requires_approval_tools", "run_id", "step_id", "cancellation_event"]
ARGUMENTS = {
    "SimpleOpenAIStreamingInterface": ["is_openai_proxy", "messages", "tools", "model", *SHARED],
    "OpenAIStreamingInterface": [
        *("use_assistant_message", "is_openai_proxy", "messages", "tools", "put_inner_thoughts_in_kwarg"),
        *SHARED,
    ],
    "SimpleOpenAIResponsesStreamingInterface": ["is_openai_proxy", "messages", "tools", "model", *SHARED],
}
METHODS = (
    *("process", "get_content", "get_tool_call_objects", "get_tool_call_object", "get_usage_statistics"),
    *("letta_message_id", "message_id", "model", "raw_usage", "input_tokens", "output_tokens", "cached_tokens"),
    *("reasoning_tokens", "fallback_input_tokens", "fallback_output_tokens", "stream_was_cancelled"),
    *("total_events_received", "last_event_type"),
)
MORE = {
    "OpenAIStreamingInterface": ("get_reasoning_content",),
    "SimpleOpenAIResponsesStreamingInterface": ("final_response", "incomplete_reason"),
}


def plainly(made: Any) -> Any:
    """An object as JSON, without its date."""
    data = json.loads(json.dumps(made, default=vars))
    data.pop("date", None)
    return data


def interface(name: str, **options: Any) -> Any:
    return getattr(example, name)(run_id="run-1", step_id="step-1", **options)


@pytest.fixture(autouse=True)
def _one_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message has the id that answers are compared by."""
    fixed = answers.MESSAGE_ID.removeprefix("message-")
    monkeypatch.setattr(example, "uuid", SimpleNamespace(uuid4=lambda: fixed))


def without_stop(answer: Answer) -> list[Any]:
    """The runs of an answer but for the stop reason, and what an error's is called where the client raises it."""
    return [run for run in answer.runs if run.kind != "stop_reason"]


def check(path: Path) -> None:
    wire, body = answers.interface_of(path), answers.body_of(path)
    configs = answers.configs_of(path)
    assert configs
    for config in configs:
        made = interface(answers.CLASSES[wire], **config)
        found = answer_of_theirs(answers.answer(made, wire, body, plainly))
        folded = answer_of_ours(wire, {**config, "skip_messages": UNKNOWN_TYPES}, frames_of(path), Ended())
        assert without_stop(found) == without_stop(folded)
        assert found.tool_calls == (folded.tool_calls[:1] if wire == "inner_thoughts" else folded.tool_calls)
        assert (found.model, found.provider_id) == (folded.model, folded.provider_id)
        stops = [run for run in folded.runs if run.kind == "stop_reason"]
        assert found.raised is bool(stops) is (made.result.outcome == "failed")
        if not found.raised:  # else the client has not given the last frame
            reported = {name: folded.usage[name] or 0 for name in ("input_tokens", "output_tokens")}
            assert found.usage == folded.usage | reported
        if wire == "chat":
            known = [part for part in folded.content if part["type"] not in ("refusal", "server_tool")]
            assert found.content == known


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
def test_on_the_project_s_streams_it_says_what_the_folds_say(path: Path) -> None:
    check(path)


def test_on_recorded_streams_it_says_what_the_folds_say(recording: Path) -> None:
    check(recording)


# Its surface


@pytest.mark.parametrize("name", ARGUMENTS)
def test_the_surface_is_that_of_the_server(name: str) -> None:
    parameters = inspect.signature(getattr(example, name)).parameters
    assert sorted(parameters) == sorted(ARGUMENTS[name])
    made = getattr(example, name)()
    assert [one for one in (*METHODS, *MORE.get(name, ())) if not hasattr(made, one)] == []
    assert list(inspect.signature(made.process).parameters) == ["stream", "ttft_span"]
    with pytest.raises(ValueError, match="No tool calls"):
        made.get_tool_call_object()
    assert made.get_usage_statistics().total_tokens == 0


async def frames(*given: Any, then: Any = None) -> AsyncIterator[Any]:
    for frame in given:
        yield frame
    if isinstance(then, Exception):
        raise then
    if then is not None:
        await asyncio.sleep(60)


def drained(made: Any, stream: Any, **options: Any) -> tuple[list[Any], Exception | None]:
    """The messages, as JSON, and what was raised."""

    async def drain() -> Exception | None:
        try:
            async for message in made.process(stream, **options):
                messages.append(plainly(message))
        except Exception as error:
            return error
        return None

    messages: list[Any] = []
    return messages, asyncio.run(drain())


CALLED = shapes.calls(shapes.call(0, "call_0", "look_up", '{"q": 1}'))


def test_calls_that_are_not_safe_are_not_handed_over() -> None:
    for last, ids in ((shapes.finished("tool_calls"), ["call_0"]), (shapes.finished("length"), [])):
        made = interface("SimpleOpenAIStreamingInterface")
        messages, error = drained(made, frames(CALLED, last))
        assert (error, [call.id for call in made.get_tool_call_objects()]) == (None, ids)
        assert messages[0]["tool_calls"] == messages[0]["tool_call"]
        assert [call.id for call in made.result.tool_calls] == ["call_0"]


@pytest.mark.parametrize("name", ["SimpleOpenAIStreamingInterface", "OpenAIStreamingInterface"])
def test_usage_that_is_not_reported_is_estimated_and_may_be_written(name: str) -> None:
    sent = [{"role": "user", "content": "Hi"}, SimpleNamespace(to_openai_dict=lambda: {"role": "user"})]
    made = interface(name, is_openai_proxy=True, messages=sent, tools=[])
    drained(made, frames(CALLED, shapes.finished("tool_calls")))
    assert made.fallback_input_tokens > 0
    assert made.fallback_output_tokens > 0
    assert (made.input_tokens, made.output_tokens) == (0, 0)
    estimated = made.get_usage_statistics()
    assert (estimated.prompt_tokens, estimated.completion_tokens) == (
        made.fallback_input_tokens,
        made.fallback_output_tokens,
    )
    made.input_tokens, made.output_tokens = 7, 5
    assert made.get_usage_statistics().total_tokens == 12


def test_reported_usage_is_no_estimate() -> None:
    made = interface("SimpleOpenAIStreamingInterface", is_openai_proxy=True, messages=[{"role": "user"}])
    drained(made, frames(shapes.delta(content="Hi"), shapes.finished(), shapes.usage(**shapes.COUNTS)))
    assert (made.input_tokens, made.fallback_input_tokens) == (11, 0)
    assert made.raw_usage == shapes.usage(**shapes.COUNTS)["usage"]
    assert made.last_event_type == "ChatCompletionChunk"


@pytest.mark.parametrize(
    ("ending", "reason", "status"),
    [
        (events.completed(), None, "completed"),
        (events.incomplete(), "max_output_tokens", "incomplete"),
    ],
    ids=["completed", "incomplete"],
)
def test_the_server_reads_why_a_response_is_incomplete(ending: Any, reason: Any, status: str) -> None:
    made = interface("SimpleOpenAIResponsesStreamingInterface")
    assert made.final_response is None
    drained(made, frames(events.created(), *events.message_lane("Hi"), ending))
    details = made.final_response.incomplete_details
    assert (made.incomplete_reason, getattr(details, "reason", None)) == (reason, reason)
    assert (made.final_response.status, made.last_event_type) == (status, ending["type"])


def test_a_summary_that_is_not_encrypted_is_reasoning() -> None:
    made = interface("SimpleOpenAIResponsesStreamingInterface")
    output = [events.reasoning(0, "Hm.", "So."), events.message(1, "Yes.")]
    drained(made, frames(events.created(), events.completed(*output)))
    assert [part.type for part in made.get_content()] == ["reasoning", "text"]
    assert made.get_content()[0].reasoning == "Hm.\n\nSo."


def test_a_summary_that_is_encrypted_is_one() -> None:
    made = interface("SimpleOpenAIResponsesStreamingInterface")
    drained(made, frames(events.created(), events.completed(events.reasoning(0, "Hm.", encrypted_content="gAAAA"))))
    (part,) = made.get_content()
    assert (part.type, part.encrypted_content, part.summary[0].text) == ("summarized_reasoning", "gAAAA", "Hm.")


def test_responses_have_no_proxy() -> None:
    with pytest.raises(NotImplementedError):
        interface("SimpleOpenAIResponsesStreamingInterface", is_openai_proxy=True)


# Its ends


def test_a_cancel_ends_it_with_all_that_came() -> None:
    async def main() -> Any:
        event = asyncio.Event()
        made = interface("SimpleOpenAIStreamingInterface", cancellation_event=event)
        said = []
        async for message in made.process(frames(shapes.delta(content="Hi"), then="silence")):
            said.append(message.message_type)
            event.set()
        return made, said

    made, said = asyncio.run(main())
    assert (said, made.stream_was_cancelled) == (["assistant_message"], True)
    assert [part.text for part in made.get_content()] == ["Hi"]


def test_a_cancel_that_is_thrown_in_ends_it_too() -> None:
    async def main() -> Any:
        made = interface("SimpleOpenAIStreamingInterface")
        said = made.process(frames(shapes.delta(content="Hi"), then="silence"))
        await said.__anext__()
        with pytest.raises(StopAsyncIteration):
            await said.athrow(RunCancelled())
        return made

    assert asyncio.run(main()).stream_was_cancelled


@pytest.mark.parametrize("overflows", [False, True])
def test_an_error_is_raised_after_its_stop_reason(overflows: bool) -> None:
    words = "maximum context length" if overflows else "the line went dead"
    told: list[Any] = []
    span = SimpleNamespace(add_event=lambda **event: told.append(event))
    made = interface("SimpleOpenAIStreamingInterface")
    messages, error = drained(made, frames(shapes.delta(content="Hi"), then=OSError(words)), ttft_span=span)
    assert isinstance(error, OSError)
    expected = ["assistant_message"] if overflows else ["assistant_message", "stop_reason"]
    assert [message["message_type"] for message in messages] == expected
    (event,) = told
    assert (event["name"], event["attributes"]["error"]) == ("stop_reason", words)
    assert [part.text for part in made.get_content()] == ["Hi"]


def test_an_error_that_the_provider_tells_is_raised_as_well() -> None:
    made = interface("SimpleOpenAIStreamingInterface")
    messages, error = drained(made, frames(shapes.delta(content="Hi"), {"error": {"message": "overloaded"}}))
    assert isinstance(error, StreamFailed)
    assert [run.kind for run in joined(messages)] == ["assistant_message", "stop_reason"]


# The command that asks Letta's own


def test_every_row_of_the_page_is_tried_or_read_off_the_source() -> None:
    page = (ROOT / "docs" / "differences.md").read_text("utf-8")
    cells = [line.split(" | ")[0].removeprefix("| ") for line in page.splitlines() if line.startswith("| ")][2:]
    words = [*(row.words for row in rows.ROWS), *rows.SHOWN, *rows.BY_SOURCE]
    assert [(cell, sum(cell.startswith(one) for one in words)) for cell in cells] == [(cell, 1) for cell in cells]
    assert len(words) == len(cells)


@pytest.mark.parametrize("row", rows.ROWS, ids=lambda row: row.words)
def test_the_example_reads_the_stream_of_each_row(row: Any) -> None:
    made = interface(answers.CLASSES[row.interface], **row.config)
    found = answers.answer(made, row.interface, row.body, plainly)
    assert found["messages"] or found["content"]
    assert bool(found["raised"]) is (made.result.outcome == "failed")


def test_answers_are_compared_message_by_message_then_by_their_runs() -> None:
    path = next(path for path in STREAMS if path.name == "chat_parallel_calls.sse")
    found = answers.answer(interface(answers.CLASSES["chat"]), "chat", answers.body_of(path), plainly)

    def verdict(**changed: Any) -> Any:
        return comparing.compared(path, "chat", {}, {"ours": found, "theirs": {**found, **changed}})

    first, *more = found["messages"]
    assert first["message_type"] == "reasoning_message"
    empty = {**first, "reasoning": ""}
    assert verdict().kind == "equal"
    assert verdict(messages=[first, empty, *more]).kind == "equal runs"
    assert verdict(usage=dict.fromkeys(answers.COUNTS, 7)).kind == "unexplained"
    other = verdict(messages=[first])
    assert (other.kind, "runs" in other.difference) == ("unexplained", True)
    assert verdict(statistics={}).kind == "unexplained"
