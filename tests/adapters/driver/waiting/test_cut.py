"""Cutting a read short from another thread: the socket that is found, shut down, and the alarm that does it in time."""

import socket
import threading
import time
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from streamfold.adapters.driver.waiting.cut import Alarm, shut_down, socket_of
from support.live_streams import CHAT
from support.loopback import Loopback, stalled


def test_the_socket_of_a_response_is_found_and_shut_down() -> None:
    with Loopback(stalled(CHAT, 300)) as server, httpx.Client() as client:
        with client.stream("POST", f"{server.url}/x", json={}) as response:
            found = socket_of(response)
            assert found is not None
            assert socket_of(SimpleNamespace(response=response)) is found
            assert socket_of(SimpleNamespace(http_response=response)) is found
            threading.Timer(0.02, shut_down, [found]).start()
            began = time.monotonic()
            with pytest.raises(httpx.HTTPError):
                list(response.iter_bytes())
            assert time.monotonic() - began < 2
        assert socket_of(response) is None  # its connection may be another's by now
    shut_down(found)  # it is closed


@pytest.mark.parametrize("stream", [[], object(), SimpleNamespace(response=SimpleNamespace(extensions={}))])
def test_where_there_is_no_socket_none_is_found(stream: Any) -> None:
    assert socket_of(stream) is None


def test_what_is_no_socket_is_not_taken_for_one() -> None:
    network = SimpleNamespace(get_extra_info=lambda name: "a socket")
    assert socket_of(SimpleNamespace(extensions={"network_stream": network})) is None


def test_a_socket_that_other_requests_share_is_left_alone() -> None:
    one, other = socket.socketpair()
    with one, other:
        network = SimpleNamespace(get_extra_info=lambda name: one)
        for version, found in ((b"HTTP/2", None), (b"HTTP/1.1", one)):
            response = SimpleNamespace(extensions={"network_stream": network, "http_version": version})
            assert socket_of(response) is found


def test_the_socket_of_requests_is_that_of_its_connection() -> None:
    one, other = socket.socketpair()
    with one, other:
        connection = SimpleNamespace(sock=one)
        assert socket_of(SimpleNamespace(raw=SimpleNamespace(connection=connection))) is one
        assert socket_of(SimpleNamespace(raw=SimpleNamespace(connection=None))) is None  # it was given back


def test_a_reader_of_a_pair_of_sockets_is_woken() -> None:
    one, other = socket.socketpair()
    with one, other:
        threading.Timer(0.02, shut_down, [one]).start()
        assert one.recv(1) == b""


def test_an_alarm_calls_at_the_last_moment_that_was_set() -> None:
    calls, called = [], threading.Event()

    def call() -> None:
        calls.append(time.monotonic())
        called.set()

    alarm = Alarm(call)
    began = time.monotonic()
    alarm.set(began + 0.01)
    alarm.set(began + 0.05)
    assert called.wait(5)
    assert calls[0] >= began + 0.05
    called.clear()
    alarm.set(time.monotonic() + 100)
    alarm.set(time.monotonic() + 0.01)
    assert called.wait(5)
    alarm.set(time.monotonic() + 0.01)
    alarm.stop()
    for thread in threading.enumerate():
        if thread.name == "streamfold alarm":
            thread.join(5)
            assert not thread.is_alive()
    assert len(calls) == 2


def test_an_alarm_without_a_moment_begins_no_thread() -> None:
    before = threading.active_count()
    alarm = Alarm(lambda: None)
    alarm.set(float("inf"))
    alarm.stop()
    assert threading.active_count() <= before
