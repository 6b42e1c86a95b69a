"""The manual's server in the protocols of the AI SDK and AG-UI, and in plain JSON: tools, approvals, stop, again."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from streamfold.adapters.testing import Stall
from support.servers.sample_servers import Provider, agent_server, answering, asking, stepping
from support.serving.client_frames import PROTOCOLS, Frames, Protocol, text_of, whole
from support.serving.on_loopback import wait_for

ASKED = "Will it rain?"
USER = {"id": "user-1", "role": "user", "content": ASKED, "parts": [{"type": "text", "text": ASKED}]}
WRONG = b'{"messages": [7], "id": "c", "threadId": "c", "runId": "r"}'
both_wires = pytest.mark.parametrize("wire", ["chat", pytest.param("responses", marks=pytest.mark.deep)])


def _vercel_decides(allow: bool) -> Any:
    approval = {"id": "call_1", "approved": allow, "reason": "Not that."}
    part = {"type": "tool-remove", "toolCallId": "call_1", "state": "approval-responded", "approval": approval}
    return {"id": "c", "messages": [USER, {"id": "answer-1", "role": "assistant", "parts": [part]}]}


def _agui_decides(allow: bool) -> Any:
    resume = [{"interruptId": "call_1", "status": "resolved", "payload": {"approved": allow, "reason": "Not that."}}]
    return {"threadId": "c", "runId": "run-2", "protocolVersion": "1.0", "messages": [USER], "resume": resume}


class Way(NamedTuple):
    """How a client of a protocol asks."""

    protocol: Protocol
    path: str
    asks: Any
    decides: Callable[[bool], Any]
    stop: str
    waits: str
    outputs: Mapping[bool, str]
    """The last event of a turn that waits for a person, and those of what a decided call gave."""


WAYS = {
    "vercel": Way(
        PROTOCOLS["vercel"],
        "/vercel",
        {"id": "c", "messages": [USER]},
        _vercel_decides,
        "/vercel/c/stop",
        "tool-approval-request",
        {True: "tool-output-available", False: "tool-output-denied"},
    ),
    "agui": Way(
        PROTOCOLS["agui"],
        "/agui",
        {"threadId": "c", "runId": "run-1", "protocolVersion": "1.0", "messages": [USER]},
        _agui_decides,
        "/agui/c/stop",
        "RUN_FINISHED",
        dict.fromkeys((True, False), "TOOL_CALL_RESULT"),
    ),
    "plain": Way(
        PROTOCOLS["plain"],
        "/plain/c",
        {"say": ASKED},
        lambda allow: {"decisions": {"call_1": True if allow else "Not that."}},
        "/plain/c/stop",
        "call_ready",
        dict.fromkeys((True, False), "call_returned"),
    ),
}
each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def post(url: str, path: str, body: Any) -> httpx.Response:
    return httpx.post(f"{url}{path}", json=body, timeout=60)


def turn(url: str, way: Way, body: Any, outcome: str = "completed") -> Frames:
    return whole(post(url, way.path, body).content, way.protocol, outcome)


@both_wires
@each_way
def test_several_model_calls_and_what_their_tools_gave_are_one_answer(tmp_path: Path, wire: str, way: Way) -> None:
    provider = Provider(wire, stepping(wire, 0), asking(wire), answering(wire))
    with agent_server(provider, tmp_path, asks=False) as url:
        events = turn(url, way, way.asks)
    assert text_of(events, way.protocol) == "Wait.It rains."
    assert [event["type"] for event in events].count(way.outputs[True]) == 4
    assert len(provider.requests) == 3


@each_way
@pytest.mark.parametrize("allow", [True, False])
def test_a_person_is_asked_and_the_next_request_decides(tmp_path: Path, way: Way, allow: bool) -> None:
    provider = Provider("chat", asking("chat"), answering("chat"))
    with agent_server(provider, tmp_path) as url:
        asks = turn(url, way, way.asks)
        decided = turn(url, way, way.decides(allow))
    assert way.waits in [event["type"] for event in asks]
    assert "call_1" in str(asks[-1] if way.path == "/agui" else [one for one in asks if one["type"] == way.waits])
    (output,) = [event for event in decided if event["type"] == way.outputs[allow]]
    assert "call_1" in str(output)
    assert text_of(decided, way.protocol) == "It rains."
    told = [one["content"] for one in provider.requests[-1]["messages"] if one["role"] == "tool"]
    assert told == ["Rain in Oslo.", "Gone." if allow else "The user did not allow this tool call: Not that."]
    assert decided[0].get("messageId", "answer-1") == "answer-1"  # the AI SDK's message goes on


@each_way
def test_a_stop_button_ends_the_turn(tmp_path: Path, way: Way) -> None:
    with agent_server(Provider("chat", answering("chat", Stall(1))), tmp_path) as url:
        with httpx.stream("POST", f"{url}{way.path}", json=way.asks, timeout=60) as response:
            pieces = response.iter_bytes()
            body = b""
            while b"It " not in body:
                body += next(pieces)
            assert post(url, way.stop, {}).status_code == 200
            body += b"".join(pieces)
        assert text_of(whole(body, way.protocol, "cancelled"), way.protocol) == "It "
        assert post(url, way.stop.replace("/c/", "/nobody/"), {}).status_code == 404


def hang_up(url: str, way: Way) -> None:
    """Ask, and leave once something was said."""
    with httpx.stream("POST", f"{url}{way.path}", json=way.asks, timeout=60) as response:
        body = b""
        for piece in response.iter_bytes():
            body += piece
            if b"It " in body:
                return


@each_way
def test_who_hangs_up_stops_nothing_and_is_told_all_of_it_anew(tmp_path: Path, way: Way) -> None:
    provider = Provider("chat", answering("chat", Stall(1, 1.0)))
    with agent_server(provider, tmp_path) as url:
        hang_up(url, way)
        if way.path == "/agui":
            again = turn(url, way, way.asks)
            snapshot = again[2]
            assert [one["type"] for one in again[:3]] == ["RUN_STARTED", "MESSAGES_SNAPSHOT", "MESSAGES_SNAPSHOT"]
            assert [one["id"] for one in snapshot["messages"]] == ["user-1"]
        else:
            path = way.stop.replace("/stop", "/stream")
            again = whole(httpx.get(f"{url}{path}", timeout=60).content, way.protocol, "completed")
            assert wait_for(lambda: httpx.get(f"{url}{path}").status_code == 204)
        assert text_of(again, way.protocol) == "It rains."


@each_way
def test_a_turn_that_goes_on_is_not_interrupted_by_another(tmp_path: Path, way: Way) -> None:
    with agent_server(Provider("chat", answering("chat", Stall(1))), tmp_path) as url:
        hang_up(url, way)
        other = {**way.asks, "runId": "run-9"} if way.path == "/agui" else way.asks
        assert post(url, way.path, other).status_code == 409
        post(url, way.stop, {})


@each_way
def test_a_failure_is_told_as_the_protocol_tells_it(tmp_path: Path, way: Way) -> None:
    with agent_server(Provider("chat", answering("chat", Stall(1))), tmp_path, idle_timeout=0.2) as url:
        turn(url, way, way.asks, "failed")


@each_way
def test_a_malformed_request_is_refused(tmp_path: Path, way: Way) -> None:
    with agent_server(Provider("chat"), tmp_path) as url:
        for body in (b"no json", b"[" * 100_000, b"[]", b"{}", b'{"say": " "}', WRONG):
            answer = httpx.post(f"{url}{way.path}", content=body, timeout=60)
            assert answer.status_code == 400
            assert answer.json()["error"]


def test_half_a_character_spoils_no_later_request(tmp_path: Path) -> None:
    provider = Provider("chat", answering("chat"), answering("chat"))
    with agent_server(provider, tmp_path) as url:
        for said in (b'{"say": "Rain \\ud83d"}', b'{"say": "And \\ud83d\\ude00?"}'):
            whole(httpx.post(f"{url}/plain/c", content=said, timeout=60).content, PROTOCOLS["plain"], "completed")
    said_by_user = [one["content"] for one in provider.requests[-1]["messages"] if one["role"] == "user"]
    assert said_by_user == ["Rain \ufffd", "And \U0001f600?"]


def test_a_version_of_the_sdk_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    way = WAYS["vercel"]
    with agent_server(Provider("chat", answering("chat")), tmp_path) as url:
        assert post(url, "/vercel?version=4", way.asks).status_code == 400
        assert post(url, "/vercel?version=5", way.asks).status_code == 200
