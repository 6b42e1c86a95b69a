"""The loopback server does what the tests of live streams rely on, and leaves nothing behind."""

import gc
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support import loopback
from support.loopback import Loopback

BODY = b'data: {"a": 1}\n\ndata: {"b": "\xc3\xa9"}\n\ndata: [DONE]\n\n'


def descriptors() -> int:
    """How many files and sockets this process has open."""
    gc.collect()
    return len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    threads, opened = set(threading.enumerate()), descriptors()
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "loopback" and thread not in threads]
    assert descriptors() <= opened


def ask(server: Loopback, path: str = "/chat/completions") -> tuple[int, str, bytes]:
    with httpx2.Client(trust_env=False) as client:
        response = client.post(server.url + path, json={"model": "m"})
        return response.status_code, response.headers["content-type"], response.content


@pytest.mark.parametrize(
    "answer",
    [
        loopback.whole(BODY),
        loopback.byte_by_byte(BODY),
        loopback.byte_by_byte(BODY[:16] + BODY[16:20], pause=0.001),
        loopback.cut(BODY, [40, 3, 17, 0, 9999]),
    ],
)
def test_a_body_comes_as_it_is(answer: loopback.Answer) -> None:
    with Loopback(answer) as server:
        assert ask(server) == (200, loopback.SSE, answer.body)
        (request,) = server.requests
        assert (request.method, request.path, request.json) == ("POST", "/v1/chat/completions", {"model": "m"})
        assert request.headers["content-type"] == "application/json"
        assert request.answered.wait(5)
        assert request.closed.wait(5)


def test_the_pieces_are_cut_where_it_says() -> None:
    assert list(loopback.cut(b"abcdef", [4, 1, 6, 0]).pieces()) == [b"a", b"bcd", b"ef"]
    assert list(loopback.byte_by_byte(b"abc").pieces()) == [b"a", b"b", b"c"]
    assert list(loopback.stalled(b"abcdef", 2).pieces()) == [b"ab"]
    assert list(loopback.dropped(b"abcdef", 0).pieces()) == []


def test_each_request_gets_its_answer_and_further_ones_the_last() -> None:
    with Loopback(loopback.whole(b"one"), loopback.refused(429, "slow down", "rate_limit_exceeded")) as server:
        with httpx2.Client(trust_env=False) as client:  # one connection for all
            answers = [client.post(server.url) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 429, 429]
        assert answers[2].json()["error"]["code"] == "rate_limit_exceeded"
        assert len(server.requests) == 3
        assert all(request.closed.wait(5) for request in server.requests)


def test_a_client_that_waits_and_leaves_is_seen_to_leave() -> None:
    with Loopback(loopback.stalled(BODY, 20)) as server, httpx2.Client(trust_env=False) as client:
        with client.stream("POST", server.url, timeout=5) as response:
            pieces = response.iter_raw()
            got = b""
            while len(got) < 20:
                got += next(pieces)
            assert got == BODY[:20]
            (request,) = server.requests
            assert request.answered.wait(5)
            assert not request.closed.wait(0.05)
        assert request.closed.wait(5)


def test_silence_lasts_until_the_server_is_stopped() -> None:
    with httpx2.Client(trust_env=False) as client:
        with Loopback(loopback.stalled(BODY, 3)) as server:
            stream = client.stream("POST", server.url, timeout=0.1)
            with pytest.raises(httpx2.ReadTimeout), stream as response:
                response.read()
            with client.stream("POST", server.url, timeout=5) as response:
                begun = time.monotonic()
                server.stop()
                assert time.monotonic() - begun < 2
                with pytest.raises(httpx2.RemoteProtocolError):
                    response.read()
        assert not server.requests[1].closed.is_set()  # the server closed it


def test_a_dropped_connection_is_an_error_in_the_middle_of_a_frame() -> None:
    got = b""
    with Loopback(loopback.dropped(BODY, 20)) as server, httpx2.Client(trust_env=False) as client:
        with client.stream("POST", server.url) as response, pytest.raises(httpx2.RemoteProtocolError):
            for piece in response.iter_raw():
                got += piece
    assert got == BODY[:20]


def test_what_a_proxy_and_a_broken_stream_say() -> None:
    with Loopback(loopback.html(502), loopback.failing(BODY, 16)) as server:
        assert ask(server)[:2] == (502, "text/html")
        assert ask(server)[2].startswith(BODY[:16] + b'data: {"error": {"message": "boom"')


def test_a_client_that_leaves_while_it_is_sent_to() -> None:
    with Loopback(loopback.byte_by_byte(BODY * 1000, pause=0.001)) as server:
        with httpx2.Client(trust_env=False) as client, client.stream("POST", server.url):
            pass
        assert server.requests[0].closed.wait(5)
        assert not server.requests[0].answered.is_set()


def test_stopped_between_two_pieces() -> None:
    with httpx2.Client(trust_env=False) as client:
        with Loopback(loopback.byte_by_byte(BODY, pause=60)) as server:
            stream = client.stream("POST", server.url)
            response = stream.__enter__()
        with pytest.raises(httpx2.RemoteProtocolError):
            response.read()
        stream.__exit__(None, None, None)


def test_a_connection_without_a_request_and_a_server_that_is_stopped_twice() -> None:
    with Loopback(loopback.whole(BODY)) as server:
        with socket.create_connection(("127.0.0.1", int(server.url.split(":")[2].split("/")[0]))):
            pass
        assert ask(server)[0] == 200
        server.stop()
    with pytest.raises(httpx2.ConnectError):
        ask(server)


def test_a_server_needs_an_answer() -> None:
    with pytest.raises(ValueError, match="needs an answer"):
        Loopback()


def test_a_thread_that_does_not_end_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "PATIENCE", 0.01)
    hold = threading.Event()
    server = Loopback(loopback.whole(BODY))
    server.begin(hold.wait)
    with pytest.raises(RuntimeError, match="does not end"), server:
        pass
    hold.set()
    for thread in threading.enumerate():
        if thread.name == "loopback":
            thread.join(5)
