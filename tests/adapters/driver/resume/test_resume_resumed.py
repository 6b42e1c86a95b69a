"""What resumed streams are with an event loop and without: for the same losses the same requests and errors."""

from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import openai
import pytest
from streamfold.adapters.driver import drive, drive_sync, resume_from, resume_from_sync, resuming, resuming_sync
from streamfold.adapters.driver.resume.resumed import cursor_of
from streamfold.reducer import chat, responses
from streamfold.reducer.responses.event import Event
from support.law_checks import MESSAGE_ID

LOST = openai.APIConnectionError(request=httpx.Request("GET", "http://localhost"))  # type: ignore[arg-type]


def event(number: int, kind: str = "response.output_text.delta") -> Any:
    return SimpleNamespace(type=kind, sequence_number=number, response=SimpleNamespace(id="resp_1"))


class Provider:
    """Gives one list of events a request, then what is at its end; notes where each request begins."""

    def __init__(self, *streams: list[Any]) -> None:
        self.streams, self.asked = list(streams), []

    def with_options(self, max_retries: int) -> Any:
        assert max_retries == 0
        return SimpleNamespace(responses=SimpleNamespace(retrieve=self.retrieve))

    def retrieve(self, response_id: str, stream: bool, starting_after: int) -> Iterator[Any]:
        self.asked.append((response_id, starting_after))
        return given(self.streams.pop(0))


class AsyncProvider(Provider):
    """The same, to be awaited."""

    async def retrieve(self, response_id: str, stream: bool, starting_after: int) -> Any:  # type: ignore[override]
        return given_async(super().retrieve(response_id, stream, starting_after))


def given(events: list[Any]) -> Iterator[Any]:
    for one in events:
        if isinstance(one, Exception):
            raise one
        yield one


async def given_async(events: Iterator[Any]) -> AsyncIterator[Any]:
    for one in events:
        yield one


def came(first: list[Any], *later: list[Any], **options: Any) -> Any:
    """What came, was asked for and was raised, which both kinds agree on."""

    async def drained() -> Any:
        provider, numbers, raised = AsyncProvider(*later), [], None
        try:
            async for one in resuming(provider, given_async(given(first)), pause=0, **options):
                numbers.append(one.sequence_number)
        except openai.APIConnectionError as error:
            raised = error
        return numbers, provider.asked, raised

    provider, numbers, raised = Provider(*later), [], None
    try:
        for one in resuming_sync(provider, given(first), pause=0, **options):
            numbers.append(one.sequence_number)
    except openai.APIConnectionError as error:
        raised = error
    assert anyio.run(drained) == (numbers, provider.asked, raised)
    return numbers, provider.asked, raised


def test_a_lost_stream_goes_on_after_its_last_event() -> None:
    rest = [event(2), event(3, "response.completed")]
    assert came([event(0), event(1), LOST], [LOST], rest) == ([0, 1, 2, 3], [("resp_1", 1)] * 2, None)


def test_what_ended_is_not_asked_for_again() -> None:
    assert came([event(0), event(1, "response.completed"), LOST]) == ([0, 1], [], None)


def test_the_last_error_is_raised_after_the_last_attempt() -> None:
    assert came([event(0), LOST], [LOST], [LOST], attempts=2) == ([0], [("resp_1", 0)] * 2, LOST)


def test_a_stream_whose_response_is_not_known_is_given_up() -> None:
    assert came([LOST]) == ([], [], LOST)
    assert came([]) == ([], [], None)


def test_a_state_tells_where_it_goes_on_or_is_refused() -> None:
    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))
    for resume in (cursor_of, lambda state: resume_from(None, state), lambda state: resume_from_sync(None, state)):
        with pytest.raises(ValueError, match="it has seen no response id, or no numbered event"):
            resume(state)
    created = Event(type="response.created", sequence_number=4, response={"id": "resp_1"})
    assert cursor_of(responses.step(state, created)[0]) == ("resp_1", 4)


@pytest.mark.parametrize("resume", [resume_from, resume_from_sync])
def test_the_rest_of_a_response_takes_its_state(resume: Any) -> None:
    drives = drive if resume is resume_from else drive_sync
    config = responses.Config(message_id=MESSAGE_ID)
    begun, _ = responses.start(config)
    state, _ = responses.step(begun, Event(type="response.created", sequence_number=4, response={"id": "resp_1"}))
    rest = resume(Provider(), state)
    with pytest.raises(ValueError, match=r"^the stream begins after event 4: give the state .*, as `state=`$"):
        drives(responses, config, rest)
    with pytest.raises(ValueError, match=r"^the stream begins after event 4, but the state has come to -1 only$"):
        drives(responses, config, rest, state=begun)
    drives(responses, config, rest, state=state)


@pytest.mark.parametrize("resume", [resume_from, resume_from_sync])
def test_only_a_response_s_state_and_a_client_are_resumed_with(resume: Any) -> None:
    with pytest.raises(TypeError, match=r"^state must be responses\.State, not State: only a response can be resumed$"):
        resume(Provider(), chat.start(chat.Config(message_id=MESSAGE_ID))[0])
    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))
    state, _ = responses.step(state, Event(type="response.created", sequence_number=0, response={"id": "resp_1"}))
    for client, name in ((state, "State"), (openai.AsyncOpenAI, "AsyncOpenAI"), (None, "NoneType")):
        with pytest.raises(TypeError, match=rf"^client must be the openai client that began the response, not {name}$"):
            resume(client, state)


def test_a_stream_of_the_synchronous_client_is_refused() -> None:
    with pytest.raises(TypeError, match="`resuming_sync` takes what is iterated without waiting"):
        resuming(Provider(), given([]))  # type: ignore[arg-type]
