"""Recordings as an application in each client protocol: asked as its client asks, read as it reads."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from streamfold.adapters.cassette import read_recording
from streamfold.adapters.server.provider import Settings
from streamfold.adapters.testing import Drop
from streamfold.reducer import Ended, fold
from support.adapters.command_runs import ALL, CALLS
from support.serving.client_frames import PROTOCOLS, text_of, whole
from support.serving.on_loopback import connected, heard_until
from support.serving.recorded_provider import FAULTS, provider

each_protocol = pytest.mark.parametrize("name", PROTOCOLS)
VERCEL = {"id": "chat-1", "trigger": "submit-message", "messages": [{"id": "u1", "role": "user", "parts": []}]}
AGUI = {"threadId": "thread-1", "runId": "run-7", "messages": [], "tools": [], "context": [], "state": {}}
ASKED: dict[str, dict[str, Any]] = {"vercel": VERCEL, "agui": AGUI, "plain": {}}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with provider() as url:
        yield url


def post(url: str, name: str, query: str = "", asked: Any = None, **headers: str) -> httpx.Response:
    return httpx.post(f"{url}/{name}{query}", json=ASKED[name] if asked is None else asked, headers=headers, timeout=60)


@each_protocol
@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_recording_is_told_whole(url: str, name: str, path: Any) -> None:
    recording, protocol = read_recording(path), PROTOCOLS[name]
    state, _ = fold(recording.machine, recording.config, recording.chunks, Ended())
    result = recording.machine.result(state)
    response = post(url, name, f"?model={path.stem}")
    events = whole(response.content, protocol, "completed" if result.outcome == "completed" else "failed")
    assert text_of(events, protocol) == result.text
    for header, value in protocol.sink.HEADERS.items():
        assert response.headers[header] == value


@each_protocol
def test_what_goes_wrong_is_told_in_the_protocol(url: str, name: str) -> None:
    protocol = PROTOCOLS[name]
    for faults, outcome in (
        ("drop:after=9", "failed"),
        ("error:status=503", "failed"),
        ("error:after=9,message=no seats", "failed"),
        ("cut:after=9", "truncated"),
        ("slow:seconds=0.001,size=400", "completed"),
    ):
        body = post(url, name, f"?model={CALLS.stem}", **{FAULTS: faults}).content
        assert "no seats" not in str(whole(body, protocol, outcome))
    with provider(CALLS, settings=Settings(shows_errors=True, faults=(Drop(9),))) as shown:
        assert "connection lost" in str(whole(post(shown, name).content, protocol, "failed")[-1])


@each_protocol
def test_requests_without_a_model_get_the_recordings_in_turn(name: str) -> None:
    with provider(*ALL) as url:
        texts = [text_of(whole(post(url, name).content, PROTOCOLS[name], ends), PROTOCOLS[name]) for ends in _ENDS]
        again = post(url, name, asked={**ASKED[name], "model": CALLS.stem}).content
        assert text_of(whole(again, PROTOCOLS[name], "completed"), PROTOCOLS[name]) == texts[1]
    assert texts[0] == texts[4]
    assert len(set(texts)) > 2


_ENDS = ("failed", "completed", "completed", "completed", "failed")


def test_each_answer_has_ids_of_its_own_unless_one_goes_on(url: str) -> None:
    def opened(asked: Any) -> dict[str, Any]:
        return whole(post(url, "vercel", f"?model={CALLS.stem}", asked).content, PROTOCOLS["vercel"], "completed")[0]

    assert opened(VERCEL)["messageId"] != opened(VERCEL)["messageId"]
    approved = {**VERCEL, "messages": [*VERCEL["messages"], {"id": "a1", "role": "assistant", "parts": []}]}  # type: ignore[misc]
    assert opened(approved)["messageId"] == "a1"
    for odd in ({}, {"messages": None}, {"messages": [7]}, {"messages": [{"role": "assistant"}]}):
        assert opened(odd)["messageId"].startswith("message-")
    one, two = (post(url, "agui", f"?model={CALLS.stem}").text for _ in range(2))
    assert not {line for line in one.splitlines() if "messageId" in line} & set(two.splitlines())


def test_the_client_s_version_is_heeded(url: str) -> None:
    for version in "567":
        whole(post(url, "vercel", f"?version={version}&model={CALLS.stem}").content, PROTOCOLS["vercel"], "completed")
    refused = post(url, "vercel", "?version=4")
    assert (refused.status_code, refused.json()["error"]["message"]) == (400, "version must be one of 5, 6, 7, not '4'")
    assert httpx.get(f"{url}/vercel/chat-1/stream").status_code == 204


@pytest.mark.parametrize(
    ("version", "has_outcome"), [("1.0", True), ("2.3.1", True), ("0.9", False), (None, False), (1, False)]
)
def test_only_clients_that_know_outcomes_are_told_them(url: str, version: Any, has_outcome: bool) -> None:
    asked = AGUI if version is None else {**AGUI, "protocolVersion": version}
    last = whole(post(url, "agui", f"?model={CALLS.stem}", asked).content, PROTOCOLS["agui"], "completed")[-1]
    assert ("outcome" in last, last["threadId"], last["runId"]) == (has_outcome, "thread-1", "run-7")
    unnamed = whole(post(url, "agui", f"?model={CALLS.stem}", {}).content, PROTOCOLS["agui"], "completed")[-1]
    assert unnamed["threadId"].startswith("thread-")


@each_protocol
def test_a_fault_strikes_the_request_it_is_for(name: str) -> None:
    with provider(CALLS, settings=Settings(faults=(Drop(9, request=2),))) as url:
        for outcome in ("completed", "failed", "completed"):
            whole(post(url, name).content, PROTOCOLS[name], outcome)


@each_protocol
def test_who_hangs_up_in_a_silence_leaves_nothing(name: str) -> None:
    with provider(CALLS) as url:
        with connected(url, f"/{name}?model={CALLS.stem}") as line:
            assert heard_until(line, b"data: ")
        whole(post(url, name).content, PROTOCOLS[name], "completed")


def test_what_cannot_be_played_is_refused(url: str) -> None:
    refused = post(url, "plain", **{FAULTS: "drop:after=9999"})
    assert refused.status_code == 400
    assert "there are" in refused.json()["error"]["message"]
    assert httpx.post(f"{url}/plain", content=b"{").status_code == 400
