"""Letta's own client of the manual's server: its methods, and its reader of streams, which validates each frame."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field
from letta_client import APIStatusError, Letta
from support.servers.sample_servers import Provider, agent_server

QUESTION = "Will it rain?"
AGENT = "agent-1"


@define
class Listening:
    """A run that is listened to.

    Attributes:
        run_id: its id.
        frames: what came so far, each as Letta's client reads it.
        raised: the error that the client raised of a frame that tells of one.
    """

    run_id: str
    stream: Iterator[Any]
    frames: list[Any] = field(factory=list)
    raised: APIStatusError | None = None

    def next(self) -> Any:
        """The next frame."""
        self.frames.append(next(self.stream))
        return self.frames[-1]

    def rest(self) -> list[Any]:
        """All others."""
        at = len(self.frames)
        try:
            self.frames.extend(self.stream)
        except APIStatusError as error:
            self.raised = error
        return self.frames[at:]

    def until(self, kind: str) -> Any:
        """The next frame of a type."""
        while self.next().message_type != kind:
            pass
        return self.frames[-1]


@define
class Client:
    """Letta's client, talking to one agent of the server."""

    letta: Letta
    wire: str

    @contextmanager
    def begin(self, said: str = QUESTION) -> Iterator[Listening]:
        """Begin a turn."""
        with self._listening([{"role": "user", "content": said}]) as run:
            yield run

    @contextmanager
    def decide(self, frames: Sequence[Any], allow: bool, reason: str | None = None) -> Iterator[Listening]:
        """Decide of all calls that wait in these frames, which begins the next turn."""
        waiting = {frame.tool_call.tool_call_id: None for frame in of_kind(frames, "approval_request_message")}
        approvals = [{"type": "approval", "approve": allow, "tool_call_id": call, "reason": reason} for call in waiting]
        with self._listening([{"type": "approval", "approvals": approvals}]) as run:
            yield run

    @contextmanager
    def again(self, run_id: str, after: int = 0) -> Iterator[Listening]:
        """Listen to a run once more."""
        with self.letta.runs.messages.stream(run_id, starting_after=after) as stream:
            yield Listening(run_id, iter(stream))

    def whole(self, allow: bool | None = None, said: str = QUESTION, reason: str | None = None) -> list[Listening]:
        """A turn to its end; and, as often as it ends with calls that wait for a decision, the next one."""
        with self.begin(said) as run:
            run.rest()
        runs = [run]
        while allow is not None and of_kind(runs[-1].frames, "approval_request_message"):
            with self.decide(runs[-1].frames, allow, reason) as run:
                run.rest()
            runs.append(run)
        return runs

    def stop(self) -> None:
        """The stop button."""
        self.letta.post(f"/v1/agents/{AGENT}/messages/cancel", cast_to=object)

    @contextmanager
    def _listening(self, messages: Any) -> Iterator[Listening]:
        with self.letta.agents.messages.create(AGENT, messages=messages, streaming=True) as stream:
            yield Listening(stream.response.headers["x-run-id"], iter(stream))


@contextmanager
def serving(provider: Provider, **options: Any) -> Iterator[Client]:
    """The agent's server before that provider, and Letta's client of it."""
    with tempfile.TemporaryDirectory() as folder, agent_server(provider, Path(folder), **options) as url:
        strict = {"_strict_response_validation": True, "max_retries": 0, "timeout": 10}
        with Letta(base_url=url, api_key="none", **strict) as letta:  # type: ignore[arg-type]
            yield Client(letta, provider.wire)


def kinds(frames: Sequence[Any]) -> list[str]:
    return [frame.message_type for frame in frames]


def of_kind(frames: Sequence[Any], kind: str) -> list[Any]:
    return [frame for frame in frames if frame.message_type == kind]


def text_of(frames: Sequence[Any]) -> str:
    return "".join(frame.content for frame in of_kind(frames, "assistant_message"))
