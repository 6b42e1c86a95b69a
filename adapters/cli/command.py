"""The command: folds a recorded stream, keeps one, checks its laws, makes a page of it, or plays it over HTTP.

Nothing is imported before it is needed: a replay with `--json` starts in a fraction of what a model takes to answer.
"""

import argparse
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from math import inf
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from ...reducer.ends import Cancelled, Done, End, Ended, Failed
from ..cassette import files
from ..errors import MissingExtra, StreamfoldError
from ..wire.decoder import AnyChunk
from ..wire.machines import WIRES, machine_of
from ..wire.sse import Frame
from .complain import complain, forsake, is_open

if TYPE_CHECKING:
    from ...reducer.messages import Message
    from ...reducer.result import Result

_ENDS: dict[str, Callable[[], End]] = {
    "ended": Ended,
    "cancelled": Cancelled,
    "failed": lambda: Failed("replayed as failed"),
}

_LIMIT = f"the most bytes of FILE, unpacked ({files.FILE_LIMIT:,}); a frame's are more where this is"


class View(Protocol):
    """Shows what a fold says."""

    def show(self, message: "Message", /) -> None:
        """One message."""
        ...

    def conclude(self, result: "Result", /) -> None:
        """What it came to."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: the arguments, without the program's name; from the command line if left out.

    Returns:
        The exit status: 0 folded; 1 the output could not be written, the model that was asked failed, or a law does
        not hold; 2 the input could not be read, and one line on standard error says why; 130 it was interrupted.
    """
    if not is_open(sys.stdout):
        complain("standard output: it is closed")
        return 1
    try:
        options = _options(argv)
        status: int = options.command(options)
        sys.stdout.flush()
    except StreamfoldError as error:
        complain(error)
        return 2
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        forsake(sys.stdout)
        if isinstance(error, BrokenPipeError):
            return 0  # the reader of our output has left (`| head`)
        complain(f"standard output: {(error.strerror or str(error)).lower()}")
        return 1
    return status


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    """What the command line says; what it asks to be shown instead is written out before that ends the program."""
    try:
        return _parser().parse_args(argv)
    except SystemExit:
        sys.stdout.flush()
        raise


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        complain(f"{message} (see {self.prog} --help)", self.prog)
        raise SystemExit(2)


class _Version(argparse.Action):
    """Prints the version; looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> NoReturn:
        from importlib.metadata import version

        print(f"{parser.prog} {version('streamfold')}")  # noqa: T201
        raise SystemExit(0)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="streamfold", description="Fold an OpenAI stream into typed, otid-indexed messages.")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    replay = commands.add_parser(
        "replay",
        help="fold a recorded stream and show its messages",
        description="Fold a recorded stream and show its messages as they come.",
    )
    replay.add_argument(
        "file", metavar="FILE", help='an SSE body, JSON lines of chunks, or a cassette, gzipped or not; or "-"'
    )
    replay.add_argument(
        "--wire",
        type=_wire,
        choices=WIRES,
        help="a cassette's own, or found from the first chunk; inner-thoughts must be asked for",
    )
    replay.add_argument("--config", metavar="FILE", help="a JSON object with fields of the wire's Config")
    replay.add_argument("--message-id", metavar="ID", help="every message's id: a UUID")
    replay.add_argument("--run-id", metavar="ID")
    replay.add_argument("--step-id", metavar="ID")
    replay.add_argument("--cut", metavar="N", type=_count, help="end after N chunks")
    replay.add_argument("--outcome", choices=tuple(_ENDS), help="how it ends (as the cassette did, or ended)")
    replay.add_argument("--limit", metavar="BYTES", type=_size, default=files.FILE_LIMIT, help=_LIMIT)
    replay.add_argument("--json", action="store_true", help="one JSON object a line: the messages, then the result")
    replay.set_defaults(command=_replay)
    record = commands.add_parser(
        "record",
        help="ask a model, show its messages live, and keep the stream as a cassette",
        description="Ask a model through the openai client, show its messages live, and keep the stream as a cassette.",
    )
    record.add_argument("file", metavar="FILE", help="the cassette to write")
    record.add_argument("--model", required=True, help="the model to ask")
    record.add_argument(
        "--wire", type=_wire, choices=WIRES, default="chat", help="which API, and how to read it (chat)"
    )
    record.add_argument("--prompt", metavar="TEXT", help="what to ask; from standard input if left out")
    record.add_argument("--tools", metavar="FILE", help="a JSON list of tools, as the API takes them")
    record.add_argument("--base-url", metavar="URL", help="of the API (OPENAI_BASE_URL)")
    record.add_argument("--api-key", metavar="KEY", help="for the API (OPENAI_API_KEY, which does not show in a list)")
    record.add_argument("--message-id", metavar="ID", help="every message's id: a UUID (a new one)")
    record.add_argument("--force", action="store_true", help="write over a file that is there")
    record.add_argument("--json", action="store_true", help="one JSON object a line: the messages, then the result")
    record.set_defaults(command=_record)
    check = commands.add_parser(
        "check",
        help="check the laws against recorded streams",
        description="Check every law of a fold against recorded streams, at each of their prefixes or at many.",
    )
    check.add_argument("files", metavar="FILE", nargs="+", help="as for replay; or a folder, for all in it")
    check.add_argument("--wire", type=_wire, choices=WIRES, help="as for replay")
    check.add_argument("--config", metavar="FILE", help="a JSON object with fields of the wire's Config")
    check.add_argument(
        "--places", metavar="N", type=_places, default=64, help='prefixes to check all laws at: 64, or "all"'
    )
    check.add_argument("--limit", metavar="BYTES", type=_size, default=files.FILE_LIMIT, help="as for replay")
    check.add_argument("--json", action="store_true", help="one JSON object a line: the files, then what they come to")
    check.set_defaults(command=_check)
    inspect = commands.add_parser(
        "inspect",
        help="make a page that shows every moment of a fold",
        description="Make a page of HTML that shows a recorded stream chunk by chunk: wire, messages, state, result.",
    )
    inspect.add_argument("files", metavar="FILE", nargs="+", help="as for replay; of two, the page shows both")
    inspect.add_argument("-o", "--output", metavar="PAGE", help="the page to write (FILE's name, with .html)")
    inspect.add_argument("--wire", type=_wire, choices=WIRES, help="as for replay")
    inspect.add_argument(
        "--config", metavar="FILE", action="append", help="fields of the wire's Config; twice: under both, side by side"
    )
    inspect.add_argument("--check", action="store_true", help="check the laws, and mark where one does not hold")
    inspect.add_argument("--limit", metavar="BYTES", type=_size, default=files.FILE_LIMIT, help="as for replay")
    inspect.set_defaults(command=_inspect)
    serve = commands.add_parser(
        "serve",
        help="play recorded streams as a provider, over HTTP",
        description="Play recorded streams as an OpenAI-compatible provider (/v1), and as an application in the client "
        "protocols (/vercel, /agui, /plain). A model is called as its file is, without the ending.",
    )
    serve.add_argument("files", metavar="FILE", nargs="+", help="as for replay; or a folder, for all in it")
    serve.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1: this machine only)")
    serve.add_argument("--port", type=_port, default=8000, help="where to listen (8000); 0: any that is free")
    pace = serve.add_mutually_exclusive_group()
    pace.add_argument("--speed", metavar="X", type=_seconds, help="with the recorded pauses, X times as fast (at once)")
    pace.add_argument("--chunk-delay", metavar="SECONDS", type=_seconds, help="a pause before each frame")
    serve.add_argument(
        "--fault",
        metavar="FAULT",
        action="append",
        default=[],
        help="what goes wrong, such as stall:after=3,seconds=2 or drop:after=9; a request asks by x-streamfold-faults",
    )
    serve.add_argument("--show-errors", action="store_true", help="tell the client protocols the provider's own words")
    serve.add_argument("--wire", type=_wire, choices=WIRES, help="as for replay")
    serve.add_argument("--config", metavar="FILE", help="a JSON object with fields of the wire's Config")
    serve.add_argument("--limit", metavar="BYTES", type=_size, default=files.FILE_LIMIT, help="as for replay")
    serve.set_defaults(command=_serve)
    return parser


def _wire(text: str) -> str:
    """A wire's name; also as its module is called."""
    return "inner-thoughts" if text == "inner_thoughts" else text


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"must be a number of chunks, not {text!r}")
    return int(text)


def _size(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a number of bytes from 1 on, not {text!r}")
    return int(text)


def _places(text: str) -> int | None:
    from .check import places

    return places(text)


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < inf:
        raise argparse.ArgumentTypeError(f"must be a number above zero, not {text!r}")
    return number


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"must be a port from 0 to 65535, not {text!r}")
    return int(text)


def _serve(options: argparse.Namespace) -> int:
    from .serve import serve

    _reconfigure(errors="replace")  # of names that the terminal's encoding lacks
    return serve(options)


def _check(options: argparse.Namespace) -> int:
    from .check import check

    # What a file is called, and what is said in it, must not end the command where the terminal's encoding lacks it.
    _reconfigure(encoding="utf-8", newline="\n") if options.json else _reconfigure(errors="replace")
    return check(options)


def _inspect(options: argparse.Namespace) -> int:
    from .inspection import inspect

    _reconfigure(errors="replace")
    return inspect(options)


def _record(options: argparse.Namespace) -> int:
    from .record import record

    return record(options, lambda config: _json_view() if options.json else _person_view(config))


def _replay(options: argparse.Namespace) -> int:
    from ..cassette.recording import decode_frames, detect_wire, is_cassette

    name = files.name_of(options.file)
    frames = files.frames_of(options.file, options.limit)
    head = next(frames, None)
    lines = frames if head is None else chain((head,), frames)
    if head is not None and is_cassette(head):
        machine, config, chunks, end = _recorded(lines, options, name)
    else:
        wire, frames = detect_wire(lines, options.wire, name)
        machine, end = machine_of(wire), None
        config = _config(machine, options)
        chunks = decode_frames(wire, frames, name)
        chunks = chain((next(chunks),), chunks)  # what cannot be read says so before anything is shown
    if options.outcome is not None:
        end = _ENDS[options.outcome]()
    view: View = _json_view() if options.json else _person_view(config)
    state, messages = machine.start(config)
    for message in messages:
        view.show(message)
    folded = 0
    for chunk in chunks:
        if folded == options.cut:
            break
        folded += not isinstance(chunk, Done)
        state, messages = machine.step(state, chunk)
        for message in messages:
            view.show(message)
    state, messages = machine.finish(state, Ended() if end is None else end)
    for message in messages:
        view.show(message)
    view.conclude(machine.result(state))
    return 0


def _recorded(
    lines: Iterator[Frame], options: argparse.Namespace, name: str
) -> tuple[Any, Any, Iterator[AnyChunk], End | None]:
    """The machine, its configuration, the chunks and the end of a cassette. It may be without any chunk."""
    from ..cassette.format import read_cassette
    from ..cassette.recording import cassette_as

    cassette = read_cassette(lines, name)
    machine, fields, chunks = cassette_as(options.wire or cassette.wire, cassette, name)
    config = _config(machine, options, fields)
    first = list(islice(chunks, 1))  # what cannot be read says so before anything is shown
    return machine, config, chain(first, chunks), cassette.end


def _config(machine: Any, options: argparse.Namespace, *recorded: tuple[str, Mapping[str, Any]]) -> Any:
    """The configuration: by the options before the configuration file, and by that before the cassette's header."""
    from ..cassette.recording import MESSAGE_ID, config_of
    from .config_file import config_in

    sources: list[tuple[str, Mapping[str, Any]]] = [("", {"message_id": MESSAGE_ID}), *recorded]
    if options.config is not None:
        sources.append(config_in(options.config))
    given = {name: getattr(options, name) for name in ("message_id", "run_id", "step_id")}
    sources += [(f"--{name.replace('_', '-')}", {name: value}) for name, value in given.items() if value is not None]
    return config_of(machine, *sources)


def _json_view() -> View:
    from ..json_text import dumps
    from ..protocols.letta import to_json
    from ..protocols.result_json import result_to_json

    # JSON is UTF-8 with LF, whatever the locale and the system.
    _reconfigure(encoding="utf-8", newline="\n")

    class JsonLines:
        def show(self, message: "Message") -> None:
            shown = to_json(message)
            if shown is not None:
                sys.stdout.write(dumps(shown) + "\n")

        def conclude(self, result: "Result") -> None:
            sys.stdout.write(dumps(result_to_json(result)) + "\n")

    return JsonLines()


def _person_view(config: Any) -> View:
    try:
        from .terminal import Terminal
    except ImportError:
        raise MissingExtra(
            "to show a stream to a person takes rich: pip install 'streamfold[cli]'; --json goes without"
        ) from None
    _reconfigure(errors="replace")  # of characters that the terminal's encoding lacks
    return Terminal(config.message_id)


def _reconfigure(**settings: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):  # and not what somebody put in its place
        sys.stdout.reconfigure(**settings)  # type: ignore[arg-type]


if __name__ == "__main__":
    raise SystemExit(main())
