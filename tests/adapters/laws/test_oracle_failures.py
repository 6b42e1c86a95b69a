"""Where a stream says that its answer failed, read naively."""

from typing import Any

import pytest
from streamfold.adapters.laws import oracle_answer, oracle_failures
from streamfold.adapters.laws.checker import oracle_of
from streamfold.adapters.laws.evidence import begin, finish, step
from streamfold.reducer import Ended, Failed, Undecodable, chat, responses
from streamfold.reducer.completions.chunk import Choice, Chunk
from streamfold.reducer.limits import Limits
from streamfold.reducer.responses.event import Event
from support.law_checks import MESSAGE_ID


@pytest.mark.parametrize(
    ("event", "failed"),
    [
        (Event(type="response.created", response={"status": "in_progress"}), False),
        (Event(type="response.output_text.delta", delta="error"), False),
        (Undecodable("an error"), False),
        (Event(type="response.failed"), None),
        (Event(type="error"), None),
        (Event(type="response.done", response={"status": "Cancelled"}), None),
        (Event(type="response.done", message="gone"), None),
        (Event(type="response.done", code="gone"), None),
        (Event(type="keepalive", error={"message": "gone"}), None),
        (Event(type="keepalive", extras={"error": "gone"}), None),
        (Event(type="response.in_progress", response={"error": {"message": "gone"}}), None),
    ],
)
def test_of_events_it_is_known_only_that_none_failed(event: Any, failed: bool | None) -> None:
    assert oracle_failures.of_events([Event(type="keepalive"), event], None) is failed


@pytest.mark.parametrize(
    ("chunk", "failed"),
    [
        (Chunk(choices=(Choice(finish_reason="stop"),)), False),
        (Chunk(choices=(Choice(finish_reason="error"),)), True),
        (Chunk(error={"message": "gone"}), True),
        (Chunk(error=[""]), None),
        (Chunk(x_groq={"error": [[]]}), None),
        (Chunk(choices=(Choice(error=[""]),)), None),
        (Undecodable("gone"), False),
    ],
)
def test_of_chunks_an_odd_error_tells_nothing(chunk: Any, failed: bool | None) -> None:
    assert oracle_answer.said_failed([chunk], chat.Config(message_id=MESSAGE_ID)) is failed


def test_a_driver_or_a_limit_is_no_chunk() -> None:
    config = chat.Config(message_id=MESSAGE_ID, limits=Limits(lanes=1))
    prefix = begin(chat, config, oracle_of(chat))
    for end in (Ended(), Failed("gone")):
        assert oracle_failures.unsaid(finish(prefix, end)) is None
    event = Event(type="response.output_text.delta", output_index=0, item_id="a", delta="x" * 9)
    limited = begin(
        responses, responses.Config(message_id=MESSAGE_ID, limits=Limits(characters=8)), oracle_of(responses)
    )
    over = finish(step(limited, event).after, Ended())
    assert over.result.outcome == "failed"
    assert oracle_failures.unsaid(over) is None
