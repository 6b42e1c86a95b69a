"""An HTTP server on this machine that answers as a model's server does on its bad days: for tests of live streams."""

import contextlib
import itertools
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

SSE = "text/event-stream; charset=utf-8"
PATIENCE = 5.0  # seconds that the threads may take to end


@dataclass(frozen=True)
class Answer:
    """What one request gets.

    Attributes:
        cuts: where the body is cut into pieces, each sent alone; `range(1, len(body))` sends single bytes.
        pause: seconds between the pieces.
        stall_after: after so many bytes nothing more comes, until the client leaves or the server is stopped.
        drop_after: after so many bytes the connection is closed, in the middle of the answer.
        headers: more headers.
    """

    body: bytes
    status: int = 200
    content_type: str = SSE
    cuts: Sequence[int] = ()
    pause: float = 0.0
    stall_after: int | None = None
    drop_after: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def pieces(self) -> Iterator[bytes]:
        """The bytes that are sent, as they are cut."""
        ends = [end for end in (self.stall_after, self.drop_after) if end is not None]
        length = min([*ends, len(self.body)])
        places = [0, *(place for place in self.cuts if 0 < place < length), length]
        for begin, end in itertools.pairwise(places):
            if begin < end:
                yield self.body[begin:end]


def whole(body: bytes) -> Answer:
    """The body in one piece."""
    return Answer(body)


def byte_by_byte(body: bytes, pause: float = 0.0) -> Answer:
    """The body in single bytes."""
    return Answer(body, cuts=range(1, len(body)), pause=pause)


def cut(body: bytes, cuts: Sequence[int], pause: float = 0.0) -> Answer:
    """The body cut at these places."""
    return Answer(body, cuts=sorted(cuts), pause=pause)


def stalled(body: bytes, after: int) -> Answer:
    """The body's beginning, then silence."""
    return Answer(body, stall_after=after)


def dropped(body: bytes, after: int) -> Answer:
    """The body's beginning, then the end of the connection."""
    return Answer(body, drop_after=after)


def html(status: int = 200) -> Answer:
    """What a proxy answers in the model's place."""
    return Answer(b"<html><body><h1>Bad gateway</h1></body></html>", status, "text/html")


def refused(status: int, message: str = "no", code: str | None = None, **headers: str) -> Answer:
    """An error status with the API's JSON for it; a header's name may have `_` for `-`."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(json.dumps({"error": error}).encode(), status, "application/json", headers=named)


def failing(body: bytes, after: int, message: str = "boom") -> Answer:
    """The body's beginning, then a frame that is an error; `after` is best the end of a frame."""
    error = json.dumps({"error": {"message": message, "type": "server_error", "code": 500}})
    return Answer(body[:after] + f"data: {error}\n\n".encode())


@dataclass
class Request:
    """A request that came.

    Attributes:
        closed: set when the client has closed the connection, be it before the answer's end or after; not where the
            server was stopped first.
        answered: set when all of the answer that is to be sent has been.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    closed: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class Loopback:
    """The server, to be used with `with`. The first request gets the first answer, …, further ones the last.

    Attributes:
        requests: what came, in order.
    """

    def __init__(self, *answers: Answer) -> None:
        if not answers:
            raise ValueError("a server needs an answer")
        self.requests: list[Request] = []
        self._answers = answers
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._connections: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> "Loopback":
        self.begin(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End all connections, and wait for the threads, but not for long.

        Raises:
            RuntimeError: if a thread does not end.
        """
        with self._lock:
            self._stopped.set()
            sockets, threads = [self._listener, *self._connections], list(self._threads)
        for one in sockets:
            with contextlib.suppress(OSError):  # it may be closed already
                one.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for it
        deadline = time.monotonic() + PATIENCE
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._listener.close()
        if any(thread.is_alive() for thread in threads):
            raise RuntimeError("a thread of the loopback server does not end")

    def answer_to(self, request: Request) -> Answer:
        """The answer to a request that is yet to be among `requests`; called for one request at a time."""
        return self._answers[min(len(self.requests), len(self._answers) - 1)]

    def begin(self, run: Any, *args: Any) -> None:
        """Run something in a thread, which `stop` waits for."""
        thread = threading.Thread(target=run, args=args, name="loopback", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # stopped
                return
            with self._lock:
                if self._stopped.is_set():
                    connection.close()
                    return
                self._connections.add(connection)
                self.begin(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        served: list[Request] = []
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection.makefile("rb") as stream:
                while (request := _read(stream)) is not None:
                    served.append(request)
                    with self._lock:
                        answer = self.answer_to(request)
                        self.requests.append(request)
                    if not self._answer(connection, request, answer):
                        return
        except OSError:
            pass  # the client has left
        finally:
            # Not before what follows: when a test sees that it is closed, nothing is left of it.
            with self._lock:
                self._connections.discard(connection)
            connection.close()
            if not self._stopped.is_set():
                for request in served:
                    request.closed.set()

    def _answer(self, connection: socket.socket, request: Request, answer: Answer) -> bool:
        """Answer; whether the connection can be used again."""
        head = f"HTTP/1.1 {answer.status} Whatever\r\nContent-Type: {answer.content_type}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        for position, piece in enumerate(answer.pieces()):
            if position and answer.pause and self._stopped.wait(answer.pause):
                return False
            connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        cut_short = answer.stall_after is not None or answer.drop_after is not None
        if not cut_short:
            connection.sendall(b"0\r\n\r\n")
        request.answered.set()
        if answer.stall_after is not None:
            while connection.recv(1024):  # nothing, when the client leaves or the server is stopped
                pass
        return not cut_short


def _read(stream: Any) -> Request | None:
    line = stream.readline()
    if not line.strip():
        return None
    method, path, _ = line.decode("ascii").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := stream.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return Request(method, path, headers, stream.read(int(headers.get("content-length", 0))))
