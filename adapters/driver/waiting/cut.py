"""A read that another thread waits in, cut short: by the clock, or because the run was cancelled."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from inspect import getattr_static
from math import inf
from typing import Any

__all__ = ["Alarm", "shut_down", "socket_of"]


def socket_of(stream: Any) -> socket.socket | None:
    """The socket that a stream of httpx, requests or the openai client is read from; None where it cannot be had."""
    for response in (stream, *(getattr(stream, name, None) for name in ("response", "http_response"))):
        if getattr(response, "is_closed", False) is True:
            return None  # its connection may be another's by now
        try:
            if response.extensions.get("http_version") == b"HTTP/2":
                return None  # other requests share it
            found = response.extensions["network_stream"].get_extra_info("socket")
        except (AttributeError, KeyError, TypeError):
            continue
        if isinstance(found, socket.socket):
            return found
    # Of requests: urllib3's response has a connection as long as it is the one that reads from it.
    found = getattr(getattr(getattr_static(stream, "raw", None), "connection", None), "sock", None)
    return found if isinstance(found, socket.socket) else None


def shut_down(found: socket.socket) -> None:
    """Shut a socket down, so that a read in any thread returns: closing it would not wake that thread."""
    with contextlib.suppress(OSError):  # it is closed, or the other side has ended it
        # Not by the method of a TLS socket, which would take the TLS away under the thread that reads.
        socket.socket.shutdown(found, socket.SHUT_RDWR)


class Alarm:
    """Calls something once a moment has passed, by a thread of its own, which begins with the first moment."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self._deadline = inf
        self._woken_at = -inf  # when the thread looks again, if it waits
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._over = False

    def set(self, deadline: float) -> None:
        """Call at that moment of `time.monotonic`, unless it is set anew before; `inf` for not at all.

        Once it returns, no call of the earlier moment is on its way.
        """
        if self._thread is None and deadline == inf:
            return
        with self._changed:
            sooner = deadline < self._deadline
            self._deadline = deadline
            if self._thread is None:
                self._thread = threading.Thread(target=self._wait, name="streamfold alarm", daemon=True)
                self._thread.start()
            elif sooner and deadline < self._woken_at:
                self._changed.notify()

    def stop(self) -> None:
        """Cancel the alarm, and end its thread."""
        with self._changed:
            self._over = True
            self._changed.notify()

    def _wait(self) -> None:
        with self._changed:
            while not self._over:
                left = self._deadline - time.monotonic()
                if left > 0:
                    self._woken_at = self._deadline
                    self._changed.wait(None if left == inf else left)
                    self._woken_at = -inf
                    continue
                self._deadline = inf
                self._call()
