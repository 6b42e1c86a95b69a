"""A stream of the openai client read by its frames: as by its objects, whatever comes or breaks; if it is its own."""

import io
import sys
from collections.abc import Iterator
from inspect import isgenerator
from types import ModuleType
from typing import Any

import openai
import pytest
from openai._streaming import SSEDecoder
from streamfold.adapters.cassette import Recorder
from streamfold.adapters.driver import drive, drive_sync
from streamfold.adapters.openai_sdk import give_frames
from streamfold.adapters.wire.sse import Framer, Frames
from streamfold.reducer import chat
from support.adapters.cassettes import read
from support.live_streams import BACKENDS, CHAT, config_of, folded, wires
from support.loopback import Loopback, byte_by_byte, cut, dropped, failing, whole

ANSWERS = {
    "whole": whole,
    "in pieces": lambda body: cut(body, [7, 300, 301, 2000]),
    "dropped": lambda body: dropped(body, len(body) // 2),
    "dropped between frames": lambda body: dropped(body, amid(body)),
    "an error": lambda body: failing(body, amid(body)),
    "an error in pieces": lambda body: cut(failing(body, amid(body)).body, [amid(body) - 5, amid(body) + 11]),
    "an error first": lambda body: failing(body, 0),
    "more after the end": lambda body: whole(body + b"data: [DONE]\n\ndata: {}\n\n"),
    "no word of the end": lambda body: whole(body.replace(b"data: [DONE]\n\n", b"")),
}
every = pytest.mark.parametrize("kind", ANSWERS)


@pytest.fixture(params=BACKENDS)
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def amid(body: bytes) -> int:
    """The end of a frame amid a body."""
    return body.index(b"\n\n", len(body) // 2) + 2


def ask(client: Any, name: str) -> Any:
    if name == "chat":
        return client.chat.completions.create(model="m", messages=[], stream=True)
    return client.responses.create(model="m", input="hi", stream=True)


def told(result: Any, messages: list[Any], raised: Exception | None) -> Any:
    """All that a consumer sees."""
    error = raised and (type(raised), str(raised), getattr(raised, "body", None))
    return messages, error, result.outcome, result.error, result.tool_calls, result.usage, result.finish_reasons


async def driven(machine: Any, name: str, answer: Any, **options: Any) -> Any:
    with Loopback(answer) as server:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            messages, raised = [], None
            async with drive(machine, config_of(machine), await ask(client, name), **options) as run:
                try:
                    async for message in run:
                        messages.append(message)
                except Exception as error:
                    raised = error
    return told(run.result, messages, raised)


def driven_sync(machine: Any, name: str, answer: Any, **options: Any) -> Any:
    with Loopback(answer) as server:
        with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            messages, raised = [], None
            with drive_sync(machine, config_of(machine), ask(client, name), **options) as run:
                try:
                    for message in run:
                        messages.append(message)
                except Exception as error:
                    raised = error
    return told(run.result, messages, raised)


@pytest.mark.anyio
@every
@wires
async def test_both_ways_come_to_the_same(machine: Any, name: str, body: bytes, kind: str) -> None:
    given: list[Any] = []
    by_frames = await driven(machine, name, ANSWERS[kind](body), observers=[Received(given)])
    assert by_frames == await driven(machine, name, ANSWERS[kind](body), by="objects")
    assert {type(raw) for raw in given} <= {Frames}
    assert (by_frames[1] is not None) is (kind.startswith(("an error", "dropped")))


@pytest.mark.deep
@every
@wires
def test_both_ways_come_to_the_same_without_a_loop(machine: Any, name: str, body: bytes, kind: str) -> None:
    answer = ANSWERS[kind](body)
    assert driven_sync(machine, name, answer) == driven_sync(machine, name, answer, by="objects")


@wires
def test_a_body_in_single_bytes_folds_as_the_body(machine: Any, name: str, body: bytes) -> None:
    messages, error, *_ = driven_sync(machine, name, byte_by_byte(body))
    assert (messages, error) == (folded(machine, name, body)[0], None)


def test_a_frame_that_is_broken_is_passed_over() -> None:
    """By its objects, the client raises what `json` does."""
    at = amid(CHAT)
    broken = CHAT[:at] + b'data: {"error": tru\n\n' + CHAT[at:]
    messages, error, outcome, *_ = driven_sync(chat, "chat", whole(broken))
    assert (messages, error, outcome) == (folded(chat, "chat", CHAT)[0], None, "completed")


class Received:
    """An observer."""

    def __init__(self, given: list[Any]) -> None:
        self.given = given

    def received(self, raw: object, /) -> None:
        self.given.append(raw)


@wires
def test_what_came_is_recorded_frame_by_frame(machine: Any, name: str, body: bytes) -> None:
    file = io.BytesIO()
    with Recorder(file, name, {}) as recorder:
        driven_sync(machine, name, whole(body), observers=[recorder])
    frames = [(frame.data, frame.event) for frame in read(file.getvalue()).frames()]
    assert frames == [(frame.data, frame.event) for frame in Framer().feed(body)]


# When it is left alone


@pytest.fixture
def client() -> Iterator[openai.OpenAI]:
    with Loopback(whole(CHAT)) as server:
        with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            yield client


def test_a_stream_of_the_client_gives_frames(client: openai.OpenAI) -> None:
    with ask(client, "chat") as stream:
        assert give_frames(stream)
        assert [type(item) for item in stream] == [Frames]


def test_frames_are_given_as_they_come_up_to_the_end() -> None:
    """The client stops reading there, whatever a server sends after it, or keeps open."""
    body = CHAT + b"data: {}\n\ndata: {}\n\n"
    end = CHAT.index(b"data: [DONE]")
    with Loopback(cut(body, [5, end - 5, end + 3])) as server:
        with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client, ask(client, "chat") as stream:
            assert give_frames(stream)
            given = list(stream)
    assert all(given)
    assert [frame.data for frames in given for frame in frames] == [frame.data for frame in Framer().feed(CHAT)]


@pytest.mark.anyio
async def test_the_last_frame_needs_no_blank_line_after_it() -> None:
    with Loopback(whole(b'data: {"a": 1}\n\ndata: {"b": 2}')) as server:
        with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client, ask(client, "chat") as stream:
            assert give_frames(stream)
            given = list(stream)
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as other:
            waiting = await ask(other, "chat")
            assert give_frames(waiting)
            given_later = [frames async for frames in waiting]
    for frames in (given, given_later):
        assert [frame.data for one in frames for frame in one] == [b'{"a": 1}', b'{"b": 2}']


def test_the_client_makes_nothing_of_the_frames(client: openai.OpenAI) -> None:
    class Built:
        @classmethod
        def build(cls, *, response: Any, data: Any) -> Any:
            raise AssertionError("an object is made")

    options = {"cast_to": Built, "stream": True, "stream_cls": openai.Stream[Built]}
    with client.post("/chat/completions", **options) as stream:  # type: ignore[call-overload]
        assert give_frames(stream)
        assert [type(item) for item in stream] == [Frames]


def test_another_module_of_that_name_has_no_streams(client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    with ask(client, "chat") as stream:
        monkeypatch.setitem(sys.modules, "openai", ModuleType("openai"))
        assert not give_frames(stream)


def test_what_is_no_stream_of_the_client_is_left_alone(client: openai.OpenAI) -> None:
    class Wrapped:
        def __init__(self, stream: Any) -> None:
            self.stream = stream

        def __iter__(self) -> Iterator[Any]:
            return iter(self.stream)

    class Other(openai.Stream[Any]):
        pass

    with ask(client, "chat") as stream:
        assert not give_frames(Wrapped(stream))
        stream.__class__ = Other
        assert not give_frames(stream)
    assert not give_frames([])


METHODS = ["__stream__", "_iter_events", "__iter__", "__next__", "__aiter__", "__anext__"]


def changed(one: Any, sign: Any, value: Any) -> None:
    """Give a member of an object that has this sign another value; the client's own names for these are private."""
    (name,) = (name for name, member in vars(one).items() if sign(name, member))
    vars(one)[name] = value


@pytest.mark.parametrize("change", [*METHODS, "iterator", "decoder", "validation", "no word of validation", "class"])
def test_a_stream_that_was_changed_is_left_alone(
    client: openai.OpenAI, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ask(client, "chat") as stream:
        if change in METHODS:
            vars(stream)[change] = lambda: None
        elif change == "iterator":
            changed(stream, lambda _, member: isgenerator(member), iter([]))
        elif change == "decoder":
            changed(stream, lambda _, member: isinstance(member, SSEDecoder), type("Own", (SSEDecoder,), {})())
        elif change == "validation":
            changed(client, lambda name, _: name.endswith("strict_response_validation"), True)
        elif change == "no word of validation":
            vars(client).pop(next(name for name in vars(client) if name.endswith("strict_response_validation")))
        elif change == "class":
            monkeypatch.setattr(openai.Stream, "__iter__", lambda self: iter([]))
        assert not give_frames(stream)


def test_a_stream_that_was_begun_goes_on_as_it_was(client: openai.OpenAI) -> None:
    with ask(client, "chat") as stream:
        first = next(stream)
        with drive_sync(chat, config_of(chat), [first, *stream]) as run:
            whole_messages = list(run)
    with ask(client, "chat") as stream:
        next(stream)
        with drive_sync(chat, config_of(chat), stream) as run:
            assert list(run) == whole_messages
