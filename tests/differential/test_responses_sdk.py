"""Responses: our fold and the openai SDK's own accumulator say the same, after every event and at the end."""

import json
from pathlib import Path
from typing import Any

import pytest
from differential.response_streams import response_streams
from differential.sdk_readers import ResponseReader, final_of_ours, final_of_theirs, snapshots_of_ours
from hypothesis import given
from streamfold.adapters import wire
from streamfold.reducer import Ended, responses
from support.law_checks import MESSAGE_ID

RECORDINGS = ("responses__",)
Json = dict[str, Any]


class Folding:
    """Our fold of decoded events, one by one."""

    def __init__(self) -> None:
        self.decode: Any = wire.decoder("responses")
        self.state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))

    def feed(self, event: Json) -> None:
        self.state, _ = responses.step(self.state, self.decode(event))

    def result(self) -> Any:
        return responses.result(responses.finish(self.state, Ended())[0])


@given(response_streams(ends=("completed", "incomplete")))
def test_the_sdk_has_the_same_texts_and_arguments_after_every_event(events: list[Json]) -> None:
    reader, fold = ResponseReader(), Folding()
    for event in events[:-1]:
        reader.feed(event)
        fold.feed(event)
        texts, arguments = snapshots_of_ours(fold.result())
        assert (texts, arguments) == reader.snapshots()


@given(response_streams())
def test_the_sdk_has_the_same_at_the_end(events: list[Json]) -> None:
    reader, fold = ResponseReader(), Folding()
    for event in events:
        reader.feed(event)
        fold.feed(event)
    assert final_of_ours(fold.result()) == final_of_theirs(reader.final)


def test_the_sdk_agrees_on_recorded_responses_unless_it_refuses_them(recording: Path) -> None:
    frames = wire.frames([recording.read_bytes()])
    events = [json.loads(frame.data) for frame in frames if frame.data.strip() != b"[DONE]"]
    reader, fold = ResponseReader(), Folding()
    if events[0]["type"] != "response.created":
        with pytest.raises(RuntimeError, match=r"Expected to have received `response\.created`"):
            reader.feed(events[0])
        return  # a stream that was resumed
    step = max(1, len(events) // 40)
    for at, event in enumerate(events):
        reader.feed(event)
        fold.feed(event)
        if at % step == 0 and reader.final is None:
            assert snapshots_of_ours(fold.result()) == reader.snapshots()
    assert final_of_ours(fold.result()) == final_of_theirs(reader.final)
