"""What goes over the wire, and when, as the answer to a request: a recorded stream and what goes wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import Any, TypeAlias

from attrs import evolve, frozen

from ...reducer.ends import End, Failed
from ..json_text import dumps
from ..short_repr import short_repr
from ..wire.decoder import AnyChunk, chunk_of, decoder
from ..wire.sse import Frame
from .faults import OF_BYTES, Cut, Drop, Error, Fault, Garbage, Recut, Repeat, Slow, Stall
from .recording import Recording

__all__ = ["Action", "Lose", "Send", "Status", "Wait", "chunks_of", "end_of", "timeline"]


@frozen
class Send:
    """Bytes go out.

    Attributes:
        data: the bytes.
        frame: the frame that they are, if they are one.
        chunk: what is read of the frame.
    """

    data: bytes
    frame: Frame | None = None
    chunk: AnyChunk | None = None


@frozen
class Wait:
    """Nothing goes out for so long.

    Attributes:
        seconds: how long.
        fault: the fault that this is of; None where the recording itself has the pause.
    """

    seconds: float
    fault: Stall | Slow | None = None


@frozen
class Lose:
    """The connection ends in an exception; None: in the one that a client's library has for it."""

    exception: BaseException | None = None
    why: str = "peer closed connection without sending complete message body (incomplete chunked read)"


@frozen
class Status:
    """In the answer's place: an HTTP status, with JSON."""

    code: int
    body: Mapping[str, Any]


Action: TypeAlias = Send | Wait | Lose | Status
"""What a played provider does next."""


def timeline(
    recording: Recording,
    faults: Sequence[Fault] = (),
    *,
    speed: float | None = None,
    request: int = 1,
    beyond: int | None = None,
) -> tuple[Action, ...]:
    """What goes over the wire, and when, as the answer to a request.

    Args:
        recording: what was recorded.
        faults: what goes wrong with it, one after the other.
        speed: None: without pauses; 1.0: with those that were recorded; 2.0: twice as fast.
        request: which request it is.
        beyond: only events of the recording with a higher `sequence_number`, as for a response that is retrieved.

    Raises:
        ValueError: if there are no recorded times, or not so many frames.
    """
    striking = [fault for fault in faults if fault.request in (None, request)]
    for fault in striking:
        after = getattr(fault, "after", 0)
        if after > len(recording.frames):
            raise ValueError(f"{short_repr(fault)}: there are {len(recording.frames)} frames in {recording.name}")
    actions = _recorded(recording, speed, beyond)
    for fault in sorted(striking, key=lambda fault: isinstance(fault, OF_BYTES)):  # there are no frames after these
        actions = _struck(actions, fault, recording)
    return tuple(actions)


def chunks_of(actions: Sequence[Action]) -> tuple[AnyChunk, ...]:
    """The chunks that a client gets; those behind a silence that never ends, it does not get."""
    return tuple(action.chunk for action in _heard(actions) if isinstance(action, Send) and action.chunk is not None)


def end_of(actions: Sequence[Action], recorded: End | None) -> End | None:
    """How it ends for the client."""
    last = next((action for action in _heard(actions) if not isinstance(action, Send)), None)
    match last:
        case Lose(exception=None, why=why):
            return Failed(f"connection lost: {why}")
        case Lose(exception=BaseException() as exception):
            return Failed(exception)
        case Wait():
            return Failed("the upstream said nothing any more")
        case Status(code=code, body=body):
            return Failed(f"HTTP status {code}: {dumps(body)}")
    return recorded


def _heard(actions: Sequence[Action]) -> Iterator[Action]:
    """What comes of it, pauses that end left out."""
    for action in actions:
        if isinstance(action, Wait) and action.seconds < inf:
            continue
        yield action
        if not isinstance(action, Send):
            return


def _recorded(recording: Recording, speed: float | None, beyond: int | None) -> list[Action]:
    times = [0.0, *(recording.times or [])]
    if speed is not None and recording.times is None:
        raise ValueError(f"{recording.name}: no times were recorded in it: only a cassette has them")
    pauses = [0.0] * len(recording.frames)
    if speed is not None:
        pauses = [max(0.0, at - before) / speed for before, at in pairwise(times)]
    actions: list[Action] = []
    for frame, chunk, sent, pause in zip(recording.frames, recording.chunks, recording.sent, pauses, strict=True):
        number = getattr(chunk, "sequence_number", None)
        if beyond is not None and (number is None or number <= beyond):
            continue
        if pause:
            actions.append(Wait(pause))
        actions.append(Send(sent, frame, chunk))
    if speed is not None and recording.ended_at is not None and recording.ended_at > times[-1]:
        actions.append(Wait((recording.ended_at - times[-1]) / speed))
    if isinstance(recording.end, Failed):
        actions.append(Lose(why=recording.end.error or "it failed when it was recorded"))
    return actions


def _struck(actions: list[Action], fault: Fault, recording: Recording) -> list[Action]:
    if isinstance(fault, Recut):
        return list(_recut(actions, fault))
    if isinstance(fault, Slow):
        return list(_slowed(actions, fault))
    place = _place(actions, fault.after)
    before, following = actions[:place], actions[place:]
    if not _is_reached(before, following, fault.after):
        return actions
    match fault:
        case Stall(seconds=seconds):
            return [*before, Wait(seconds, fault), *following]
        case Drop(more=more):
            return [*before, *_beginning(following, more), Lose()]
        case Cut(more=more):
            return [*before, *_beginning(following, more)]
        case Error(status=int() as status):
            return [Status(status, fault.in_place())]
        case Error(exception=BaseException() as exception):
            return [*before, Lose(exception)]
        case Error():
            frame = fault.in_stream(recording.wire)
            name = f"event: {frame.event}\n" if frame.event else ""
            chunk = chunk_of(frame, decoder(recording.wire))
            return [*_closed(before), Send(b"%sdata: %s\n\n" % (name.encode(), frame.data), frame, chunk)]
        case Garbage(data=data):
            frame = Frame(data, "", 0, 0)
            garbage = Send(b"data: %s\n\n" % data, frame, chunk_of(frame, decoder(recording.wire)))
            return [*_closed(before), garbage, *following]
        case Repeat(count=count):
            again = [action for action in _closed(before) if isinstance(action, Send) and action.frame is not None]
            return [*_closed(before), *again[-count:], *following]


def _place(actions: Sequence[Action], after: int) -> int:
    """Where the first frame of a higher number stands, or the end."""
    for place, action in enumerate(actions):
        if isinstance(action, Send) and action.frame is not None and action.frame.number > after:
            return place
        if isinstance(action, (Lose, Status)):
            return place
    return len(actions)


def _is_reached(before: Sequence[Action], following: Sequence[Action], after: int) -> bool:
    """Whether it gets that far, with what has gone wrong already: the stream may end before, or within a frame."""
    last = next((action for action in reversed(before) if isinstance(action, Send)), None)
    if last is not None and last.frame is None:
        return False
    upcoming = any(isinstance(action, Send) for action in following)
    return upcoming or not after or (last is not None and last.frame is not None and last.frame.number >= after)


def _beginning(actions: Sequence[Action], size: int) -> list[Action]:
    """So many bytes of the frame that comes next; all of it is still that frame."""
    upcoming = next((action for action in actions if isinstance(action, Send)), None)
    if upcoming is None or not size:
        return []
    return [upcoming if size >= len(upcoming.data) else Send(upcoming.data[:size])]


def _closed(actions: Sequence[Action]) -> list[Action]:
    """The same, its last frame with the blank line that a body's last frame may lack."""
    if actions and isinstance(last := actions[-1], Send) and not last.data.endswith((b"\n\n", b"\r\r", b"\n\r\n")):
        return [*actions[:-1], evolve(last, data=last.data + b"\n\n")]
    return list(actions)


def _recut(actions: Sequence[Action], fault: Recut) -> Iterator[Action]:
    """Each stretch without a pause, in other pieces."""
    held: list[bytes] = []
    for action in actions:
        if isinstance(action, Send):
            held.append(action.data)
            continue
        yield from map(Send, fault.pieces(b"".join(held)))
        yield action
        held = []
    yield from map(Send, fault.pieces(b"".join(held)))


def _slowed(actions: Sequence[Action], fault: Slow) -> Iterator[Action]:
    """So many bytes at a time, with a pause before each piece."""
    for action in actions:
        if not isinstance(action, Send):
            yield action
            continue
        for begin in range(0, len(action.data), fault.size):
            yield Wait(fault.seconds, fault)
            yield Send(action.data[begin : begin + fault.size])
