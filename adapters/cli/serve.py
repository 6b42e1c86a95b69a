"""`streamfold serve FILE...`: plays recordings as a provider, and as an application in the client protocols.

It listens on this machine only, unless it is told otherwise, until Ctrl-C or SIGTERM.
"""

import argparse
import logging
import signal
import socket
import sys
from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import MissingExtra, UsageError
from .config_file import config_in

try:
    import uvicorn

    from ..server.provider import Settings, Shelf, application, shelf_of
    from ..server.provider.fault_text import faults_in
except ImportError:
    raise MissingExtra("to serve recordings takes Starlette and uvicorn: pip install 'streamfold[server]'") from None

__all__ = ["serve"]

_STOPPING = 1  # seconds that answers may take to end when the server stops
_EXPECTED = ("without completing response", "graceful shutdown exceeded")


def serve(options: argparse.Namespace) -> int:
    """Run the command.

    Args:
        options: what the command line says.

    Returns:
        The exit status: 0, once it was stopped.

    Raises:
        StreamfoldError: if what was given cannot be used, or the address cannot be listened on; the text is one line.
    """
    sources = () if options.config is None else (config_in(options.config),)
    shelf = shelf_of(options.files, options.wire, *sources, chunk_delay=options.chunk_delay, limit=options.limit)
    speed = 1.0 if options.chunk_delay is not None else options.speed
    faults = tuple(fault for text in options.fault for fault in faults_in(text))
    app = application(shelf, Settings(speed, faults, options.show_errors))
    with _listening(options.host, options.port) as listener, _stopped_by_signals():
        _announce(shelf, options.host, listener.getsockname()[1])
        config = uvicorn.Config(
            app, lifespan="off", access_log=False, log_level="error", timeout_graceful_shutdown=_STOPPING
        )
        logging.getLogger("uvicorn.error").addFilter(_is_unexpected)
        uvicorn.Server(config).run(sockets=[listener])
    return 0


def _announce(shelf: Shelf, host: str, number: int) -> None:
    """Where it listens, and what answers for which model; the first line is for programs that read it."""
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"http://{shown}:{number}\n")
    for name, recording in shelf.recordings.items():
        sys.stdout.write(f"  {name}  {recording.wire}  {len(recording.frames)} frames\n")
    sys.stdout.flush()


@contextmanager
def _listening(host: str, number: int) -> Iterator[socket.socket]:
    try:
        family = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, number), family=family)
    except OSError as error:
        raise UsageError(f"{host}:{number}: {(error.strerror or str(error)).lower()}") from None
    with listener:
        yield listener


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let a signal stop the server and nothing else: uvicorn raises it once more when it has stopped."""
    before = {one: signal.signal(one, lambda *_: None) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _is_unexpected(record: logging.LogRecord) -> bool:
    """Whether a line of uvicorn's is worth a look: lost connections are asked for, and a stop may cut answers off."""
    if record.exc_info and isinstance(record.exc_info[1], CancelledError):
        return False
    return not any(words in record.getMessage() for words in _EXPECTED)
