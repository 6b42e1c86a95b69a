"""Recordings as a provider, to the real openai client: what it reads is what was recorded."""

from collections.abc import Iterator

import anyio
import httpx
import openai
import pytest
from streamfold.adapters.cassette import read_recording
from streamfold.adapters.driver import drive, drive_sync
from streamfold.adapters.server.provider import Settings
from streamfold.adapters.testing import Error
from streamfold.reducer import Ended, chat, fold, responses
from support.adapters.command_runs import CALLS, ERROR, SEARCH
from support.serving.recorded_provider import ask, async_client_of, client_of, provider, respond

CHAT, EVENTS = read_recording(CALLS), read_recording(SEARCH)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with provider() as url:
        yield url


def test_a_stream_is_answered_byte_by_byte_as_it_was_recorded(url: str) -> None:
    for path, api in ((CALLS, "chat/completions"), (SEARCH, "responses")):
        response = httpx.post(f"{url}/v1/{api}", json={"model": path.stem, "stream": True}, timeout=60)
        assert response.content == path.read_bytes()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["x-streamfold-recording"] == path.stem


def test_the_client_folds_to_what_the_recording_folds_to(url: str) -> None:
    with client_of(url) as client:
        for recording, stream in ((CHAT, ask(client)), (EVENTS, respond(client))):
            state, messages = fold(recording.machine, recording.config, recording.chunks, Ended())
            with drive_sync(recording.machine, recording.config, stream) as run:
                assert tuple(run) == messages
            assert run.result == recording.machine.result(state)


def test_the_asynchronous_client_too(url: str) -> None:
    async def both() -> None:
        async with async_client_of(url) as client:
            for recording, asked in ((CHAT, ask(client)), (EVENTS, respond(client))):
                state, _ = fold(recording.machine, recording.config, recording.chunks, Ended())
                async with drive(recording.machine, recording.config, await asked) as run:
                    async for _message in run:
                        pass
                assert run.result == recording.machine.result(state)

    anyio.run(both)


def test_without_a_stream_the_answer_is_whole(url: str) -> None:
    state, _ = fold(chat, CHAT.config, CHAT.chunks, Ended())
    events, _ = fold(responses, EVENTS.config, EVENTS.chunks, Ended())
    with client_of(url) as client:
        completion = ask(client, stream=False)
        assert completion.choices[0].message.content == chat.result(state).text
        assert len(completion.choices[0].message.tool_calls) == 2
        assert respond(client, stream=False).output_text == responses.result(events).text
        with pytest.raises(openai.InternalServerError):
            ask(client, ERROR.stem, stream=False)


def test_the_models_are_the_recordings(url: str) -> None:
    with client_of(url) as client:
        names = [model.id for model in client.models.list()]
        assert names == ["chat_error", "chat_parallel_calls", "inner_thoughts", "responses_web_search"]
        assert client.models.retrieve("chat_error").owned_by == "streamfold"
        with pytest.raises(openai.NotFoundError, match="there is no recording 'gpt-9'"):
            client.models.retrieve("gpt-9")


def test_other_models_get_the_recordings_in_turn() -> None:
    settings = Settings(faults=(Error(status=429, request=2),))
    with provider(CALLS, SEARCH, ERROR, settings=settings) as url, client_of(url, max_retries=2) as client:
        ids = []
        for _ in range(4):  # the second is refused once, and asked again for the same recording
            with ask(client, "gpt-9") as stream:
                ids.append(next(iter(stream)).id)
        assert ids[0] == ids[2] != ids[1] == ids[3]
        assert next(iter(respond(client, "gpt-9"))).response.id == "resp_01HX"


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "why"),
    [
        ("POST", "/chat/completions", b"{", 400, "the request is no JSON"),
        ("POST", "/chat/completions", b"[1]", 400, "the request must be a JSON object"),
        ("POST", "/chat/completions", b"[" * 100_000, 400, "the request is no JSON"),
        ("POST", "/chat/completions", b'{"model": "responses_web_search"}', 404, "those for it are chat_error, chat_"),
        ("POST", "/embeddings", b"{}", 404, "POST /v1/embeddings has no answer here"),
        ("GET", "/chat/completions", b"", 405, "GET /v1/chat/completions has no answer here"),
        ("GET", "/responses/resp_none", b"", 404, "Response with id 'resp_none' not found"),
        ("GET", "/responses/resp_01HX?stream=true&starting_after=x", b"", 400, "starting_after must be a number"),
        ("POST", "/responses/resp_01HX/cancel", b"", 400, "Cannot cancel a synchronous response"),
    ],
)
def test_what_has_no_answer_is_refused_as_providers_refuse(
    url: str, method: str, path: str, content: bytes, status: int, why: str
) -> None:
    response = httpx.request(method, f"{url}/v1{path}", content=content, timeout=60)
    assert response.status_code == status
    assert why in response.json()["error"]["message"]


def test_a_provider_without_recordings_of_a_wire_says_so() -> None:
    with provider(CALLS) as url, client_of(url) as client:
        with pytest.raises(openai.NotFoundError, match="no recording for the model 'm': those for it are none"):
            respond(client, "m")
