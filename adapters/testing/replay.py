"""Recorded streams in the place of a provider: what a test of an application holds in its hand.

A `Replay` answers the real openai client, in this process, with what was recorded, at the recorded pace or at once, and
with what a test wants to go wrong. What it says is there as well without any client: its chunks, messages and result.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from attrs import evolve

from ...reducer.ends import End
from ...reducer.machine import AnyMachine, fold
from ...reducer.messages import Message
from ...reducer.result import Result
from ..cassette.faults import OF_BYTES, Fault
from ..cassette.recording import Recording
from ..cassette.timeline import Action, Send, Status, chunks_of, end_of, timeline
from ..openai_sdk.require_openai import require_openai
from ..wire.decoder import AnyChunk
from . import transport
from .answers import Answer, AnswerBody, Answers, Match
from .exchange import Asked
from .expectation import Expectations, MessageOrJson, written

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream, OpenAI, Stream

__all__ = ["Asked", "Folded", "Replay"]


class Folded(NamedTuple):
    """What a stream comes to: the last state, every message, and the result."""

    state: Any
    messages: tuple[Message, ...]
    result: Result


class Replay:
    """Recorded streams, as answers to requests: the first to the first, the second to the second, and so on.

    A request that was refused (`Error(status=…)`) and is made again is still for the same one. A response is retrieved
    by its id, from some event on. Requests that ask for no stream are answered as `answer` says. What nothing answers
    is refused, and is among the `unanswered`.

    Args:
        recordings: at least one.
        faults: what goes wrong.
        speed: None: all at once; 1.0: with the recorded pauses; 2.0: twice as fast.
        expectations: where the messages are kept that are expected.
        repeat: whether the last recording answers all further requests too.

    Raises:
        ValueError: if there are no recorded times, or not as many frames as a fault speaks of.
    """

    def __init__(
        self,
        *recordings: Recording,
        faults: Sequence[Fault] = (),
        speed: float | None = None,
        expectations: Expectations | None = None,
        repeat: bool = False,
    ) -> None:
        if not recordings:
            raise ValueError("a replay needs a recording")
        if speed is not None and not 0 < speed < inf:
            raise ValueError(f"speed must be above zero, or None for no pauses; not {speed!r}")
        self.recordings = recordings
        self.requests: list[Asked] = []
        """Every request that came, in order."""
        self.unanswered: list[str] = []
        """What was asked that nothing here answers, and why not."""
        self._answers = Answers()
        self._repeat = repeat
        self._stream_replays: list[Replay] = []  # one for each stream that was opened without a request
        self._faults = tuple(faults)
        self.speed = speed
        self._expectations = expectations
        self._turn = 0
        for recording in recordings[:1] if len(recordings) > 1 else recordings:
            for request in {1, *(fault.request or 1 for fault in self._faults)}:
                timeline(recording, self._faults, speed=speed, request=request)

    @property
    def recording(self) -> Recording:
        """The first of the recordings, which `chunks` and all that is made of them are of."""
        return self.recordings[0]

    @property
    def wire(self) -> str:
        """The recording's wire."""
        return self.recording.wire

    @property
    def machine(self) -> AnyMachine:
        """The machine that folds it: `chat`, `inner_thoughts` or `responses`."""
        return self.recording.machine

    @property
    def config(self) -> Any:
        """The machine's configuration, with a fixed `message_id` where none is given."""
        return self.recording.config

    @property
    def chunks(self) -> tuple[AnyChunk, ...]:
        """The reducer's chunks, as far as a client gets them with what goes wrong."""
        return chunks_of(self._timeline)

    @property
    def end(self) -> End | None:
        """How it ends: as recorded, or by what goes wrong; None where nothing tells, which counts as `Ended()`."""
        return end_of(self._timeline, self.recording.end)

    def fold(self, **fields: Any) -> Folded:
        """The whole stream, folded.

        Args:
            fields: of the configuration, in place of what was recorded or given.
        """
        config = evolve(self.config, **fields)
        state, messages = fold(self.machine, config, self.chunks, self.end)
        return Folded(state, messages, self.machine.result(state))

    def messages(self, **fields: Any) -> tuple[Message, ...]:
        """All its messages; the arguments are as for `fold`."""
        return self.fold(**fields).messages

    def assert_messages(self, messages: Iterable[MessageOrJson] | None = None, name: str = "") -> None:
        """Assert that messages are those that are expected: runs, texts and calls, whatever their ids.

        Args:
            messages: those that an application sent, or Letta's JSON for them; if left out, those of a fold of this
                stream, and its result.
            name: which expectation, where a test has several.

        Raises:
            Unexpected: if they are not, or nothing is expected yet; its text shows how they differ, run by run.
        """
        __tracebackhide__ = True  # pytest then shows the test's line, not this one
        if self._expectations is None:
            raise ValueError("this replay has no place for what is expected: make it with `expectations`")
        folded = self.fold() if messages is None else None
        found = written(messages or ()) if folded is None else written(folded.messages, folded.result)
        self._expectations.compare(found, name)

    def body(self) -> bytes:
        """The body of server-sent events, with what goes wrong; silence and lost connections have no bytes."""
        return b"".join(action.data for action in self._timeline if isinstance(action, Send))

    def stream(self) -> "Stream[Any]":
        """What `create(..., stream=True)` returns: an `openai.Stream`. It is not among the `requests`."""
        opened: Stream[Any] = _ask(self._replay_for_stream().client(), self.recording)
        return opened

    async def async_stream(self) -> "AsyncStream[Any]":
        """What `await create(..., stream=True)` returns: an `openai.AsyncStream`. It is not among the `requests`."""
        opened: AsyncStream[Any] = await _ask(self._replay_for_stream().async_client(), self.recording)
        return opened

    def answer(
        self,
        body: AnswerBody,
        *,
        path: str = "",
        match: Match | None = None,
        status: int = 200,
        times: int | None = None,
    ) -> None:
        """Answer requests that ask for no stream: embeddings, titles, models. The first answer that fits is taken.

        Args:
            body: JSON, or a function that makes it of the request.
            path: what the request's path ends in, such as "/embeddings"; any, if left out.
            match: whether it is for a request that this is given; any, if left out.
            status: the answer's status.
            times: how many requests it is for; all, if left out.

        Raises:
            ValueError: if `times` is not above zero.
        """
        self._answers.add(Answer(body, path, match, status, times))

    def client(self, fallback: Any = None, **options: Any) -> "OpenAI":
        """A real `openai.OpenAI` whose provider is this recording.

        Args:
            fallback: a transport of the HTTP library, for requests that nothing here answers.
            options: as for `OpenAI`, such as `max_retries` or `timeout`.
        """
        http_client = self.http_client(fallback)
        client: OpenAI = _openai().OpenAI(**{**_OPTIONS, **options, "http_client": http_client})
        return client

    def async_client(self, fallback: Any = None, **options: Any) -> "AsyncOpenAI":
        """A real `openai.AsyncOpenAI` that is answered as `client` is; `fallback` is an asynchronous transport."""
        http_client = self.async_http_client(fallback)
        client: AsyncOpenAI = _openai().AsyncOpenAI(**{**_OPTIONS, **options, "http_client": http_client})
        return client

    def http_client(self, fallback: Any = None) -> Any:
        """An HTTP client for other synchronous clients, such as `AzureOpenAI(http_client=…)`."""
        return transport.http_client(_openai(), self._answering(fallback), fallback)

    def async_http_client(self, fallback: Any = None) -> Any:
        """An HTTP client for other asynchronous clients of the SDK: give it as their `http_client`."""
        return transport.async_http_client(_openai(), self._answering(fallback), fallback)

    def close(self) -> None:
        """End every answer that is still being waited for, in whichever thread."""
        for asked in self.requests:
            asked.over.set()
        for replay in self._stream_replays:
            replay.close()

    @cached_property
    def _timeline(self) -> tuple[Action, ...]:
        whole = [fault for fault in self._faults if not isinstance(fault, OF_BYTES)]
        return timeline(self.recording, whole, speed=self.speed)

    def _replay_for_stream(self) -> "Replay":
        self._stream_replays.append(Replay(self.recording, faults=self._faults, speed=self.speed))
        return self._stream_replays[-1]

    def _answering(self, fallback: Any) -> transport.Answering:
        """What answers a client: refusals, or nothing where a transport has what is missing here."""

        def answer(asked: Asked) -> Sequence[Action] | None:
            self.requests.append(asked)
            found = self._answer(asked)
            if not isinstance(found, str):
                return found
            if fallback is not None:
                return None
            names = ", ".join(recording.name for recording in self.recordings)
            message = f"{asked.method} {asked.path} has no answer here: the recording ({names}) {found}"
            self.unanswered.append(message)
            # A status that clients do not try again.
            return [Status(400, {"error": {"message": message, "type": "not_recorded", "param": None, "code": None}})]

        return answer

    def _answer(self, asked: Asked) -> Sequence[Action] | str:
        """What a request gets, or why nothing."""
        number = len(self.requests)
        if not _asks_for_stream(asked):
            answer = self._answers.take(asked)
            if answer is not None:
                return [answer]
        if asked.method == "GET":
            return self._retrieved(asked, number)
        if self._turn >= len(self.recordings) and not self._repeat:
            return f"has answered {self._turn} of {number} requests, one each: record anew, or give repeat=True"
        recording = self.recordings[min(self._turn, len(self.recordings) - 1)]
        path = "/responses" if recording.wire == "responses" else "/chat/completions"
        if asked.method != "POST" or not asked.path.endswith(path):
            return f"is for POST …{path}"
        if not asked.body.get("stream"):
            return "is a stream: ask for it with stream=True, or say what to answer with answer(…)"
        try:
            actions = timeline(recording, self._faults, speed=self.speed, request=number)
        except ValueError as error:  # of a second recording, which may be shorter or without times
            return f"cannot be had so: {error}"
        if not isinstance(next(iter(actions), None), Status):
            self._turn += 1
        return actions

    def _retrieved(self, asked: Asked, number: int) -> Sequence[Action] | str:
        """A response in the background, once more: all of it, or from some event on."""
        begun, _, name = asked.path.rpartition("/")
        found = [one for one in self.recordings if begun.endswith("/responses") and name in _response_ids(one)]
        if not found:
            return "has no response of that id"
        if asked.query.get("stream") != "true":
            return "is a stream: retrieve it with stream=True"
        beyond = int(asked.query.get("starting_after", "-1"))
        return timeline(found[0], self._faults, speed=self.speed, request=number, beyond=beyond)


def _asks_for_stream(asked: Asked) -> bool:
    return bool(asked.body.get("stream")) or asked.query.get("stream") == "true"


_OPTIONS: Mapping[str, Any] = {"base_url": transport.BASE_URL, "api_key": "replayed"}


def _openai() -> Any:
    return require_openai("to answer a client")


def _ask(client: Any, recording: Recording) -> Any:
    model = recording.config.model or "recorded"
    if recording.wire == "responses":
        return client.responses.create(model=model, input="", stream=True)
    return client.chat.completions.create(model=model, messages=[], stream=True)


def _response_ids(recording: Recording) -> set[str]:
    found: set[str] = set()
    for frame in recording.frames:
        try:
            value = json.loads(frame.data)
            found.add(value["response"]["id"])
        except (ValueError, TypeError, KeyError, RecursionError):
            continue  # most events are without
    return found
