"""The manual's server over loopback, with a provider of the testing kit behind it."""

import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import openai
from attrs import define
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from streamfold.adapters.cassette import recording_of
from streamfold.adapters.cassette.faults import Fault
from streamfold.adapters.cassette.timeline import Lose, Send, Status, Wait, timeline
from support import chat_shapes as shapes
from support import event_shapes as events
from support.adapters.strict_provider import Refused, StrictProvider
from support.serving.on_loopback import served

sys.path.insert(0, str(Path(__file__).parents[2] / "sample_server"))

import agent_loop
from agent_server import application

WORDS = "Wait."


@define
class Answer:
    """A model's answer, and what goes wrong with it."""

    body: bytes
    faults: tuple[Fault, ...] = ()


def asking(wire: str, *faults: Fault) -> Answer:
    """A model that says something, and calls two tools at once."""
    if wire == "chat":
        entries = [shapes.call(0, "call_0", "weather", '{"city": "Oslo"}'), shapes.call(1, "call_1", "remove", "{}")]
        frames = (shapes.delta(content=WORDS), shapes.calls(*entries), shapes.finished("tool_calls"))
        return Answer(shapes.sse(*frames, shapes.usage(**shapes.COUNTS), shapes.DONE), faults)
    calls = [events.function_call(1, "weather", '{"city": "Oslo"}'), events.function_call(2, "remove", "{}")]
    items = [events.message(0, WORDS), *calls]
    told = [*events.message_lane(WORDS), *(events.item_done(call, at) for at, call in enumerate(calls, 1))]
    return Answer(events.body([events.created(), *told, events.completed(*items)]), faults)


def answering(wire: str, *faults: Fault, text: str = "It rains.") -> Answer:
    """A model that answers, in several deltas."""
    pieces = [text[:3], text[3:]]
    if wire == "chat":
        last = (shapes.finished(), shapes.usage(**shapes.COUNTS), shapes.DONE)
        return Answer(shapes.sse(*(shapes.delta(content=piece) for piece in pieces), *last), faults)
    lane = events.message_lane(text, pieces=pieces)
    return Answer(events.body([events.created(), *lane, events.completed(events.message(0, text))]), faults)


def stepping(wire: str, step: int) -> Answer:
    """A model that reasons, and seals that, and calls two tools; every id is of this step alone."""
    ids = [f"call_{step}_{at}" for at in range(2)]
    if wire == "chat":
        signed = {"extra_content": {"google": {"thought_signature": f"c2ln{step}"}}}
        entries = [
            shapes.call(0, ids[0], "weather", '{"city": "Oslo"}', **signed),
            shapes.call(1, ids[1], "remove", "{}"),
        ]
        frames = (shapes.delta(reasoning_content="Hm."), shapes.calls(*entries), shapes.finished("tool_calls"))
        return Answer(shapes.sse(*frames, shapes.DONE))
    items = [
        events.reasoning(0, "Hm.", id=f"rs_{step}", encrypted_content=f"gAAAA{step}"),
        events.function_call(1, "weather", '{"city": "Oslo"}', id=f"fc_{step}_0", call_id=ids[0]),
        events.function_call(2, "remove", "{}", id=f"fc_{step}_1", call_id=ids[1]),
    ]
    told = [events.item_done(item, at) for at, item in enumerate(items)]
    return Answer(events.body([events.created(), *told, events.completed(*items)]))


class Provider:
    """What models answer, one after the other; it refuses what real providers refuse.

    Attributes:
        requests: the bodies that were taken.
        refused: why others were not.
    """

    def __init__(self, wire: str, *answers: Answer) -> None:
        self.wire, self.answers = wire, list(answers)
        self.requests: list[Any] = []
        self.refused: list[str] = []
        paths = ("/v1/chat/completions", "/v1/responses")
        self.app = Starlette(routes=[Route(path, self.answer, methods=["POST"]) for path in paths])

    async def answer(self, request: Request) -> Response:
        asked = await request.json()
        strict = StrictProvider(keeps=False)
        try:
            if self.wire == "chat":
                strict.check_messages(asked["messages"])
            else:
                strict.check_input(asked["input"])
        except Refused as refused:
            self.refused.append(str(refused))
            return JSONResponse({"error": {"message": str(refused)}}, status_code=400)
        self.requests.append(asked)
        told = self.answers.pop(0)
        actions = timeline(recording_of(told.body, self.wire), told.faults)
        if isinstance(actions[0], Status):
            return JSONResponse(actions[0].body, status_code=actions[0].code)
        return StreamingResponse(_played(actions), media_type="text/event-stream")


async def _played(actions: Sequence[Any]) -> AsyncIterator[bytes]:
    for action in actions:
        match action:
            case Send(data=data):
                yield data
            case Wait(seconds=seconds):
                await anyio.sleep(seconds)
            case Lose(why=why):
                raise ConnectionResetError(why)


async def weather(city: str) -> str:
    return f"Rain in {city}."


@contextmanager
def agent_server(
    provider: Provider, folder: Path, *, asks: bool = True, weather: agent_loop.Tool = weather, **options: Any
) -> Iterator[str]:
    """The agent's server before that provider: its base URL.

    Args:
        provider: what the models answer.
        folder: where the log is kept.
        asks: whether a person has to allow the tool `remove`.
        weather: the other tool.
        options: of the application.
    """

    async def remove() -> str:
        return "Gone."

    schemas = {key: {"type": "object", "properties": {}} for key in ("weather", "remove")}
    approved = frozenset({"remove"}) if asks else frozenset[str]()
    tools = agent_loop.Tools({"weather": weather, "remove": remove}, schemas, approved)
    with served(provider.app) as upstream:

        def client() -> openai.AsyncOpenAI:
            return openai.AsyncOpenAI(api_key="none", base_url=f"{upstream}/v1", max_retries=0)

        app = application(client, "m", tools, folder / "runs.db", wire=provider.wire, **options)  # type: ignore[arg-type]
        with served(app) as url:
            yield url
