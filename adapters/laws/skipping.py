"""What a fold that skips some types of messages emits, by the fold that skips none."""

from collections.abc import Collection, Iterable, Iterator

from attrs import evolve

from ...reducer.messages import Message, ToolCallClosed
from ...reducer.otid import otid
from .evidence import Finish, begin, finish, step


def without(messages: Iterable[Message], skipped: Collection[str], message_id: str) -> Iterator[Message]:
    """The messages but for those types, numbered anew: runs on both sides of a skipped one are one run."""
    index, last = -1, ""
    for message in messages:
        kind = message.message_type
        if kind in skipped:
            continue
        if isinstance(message, ToolCallClosed):  # it is in no run
            yield message
            continue
        index, last = (index, last) if kind == last else (index + 1, kind)
        approval = kind == "approval_request_message"  # whose otid is its own in every run
        yield message if approval else evolve(message, otid=otid(message_id, index))


def unskipped(done: Finish) -> Finish:
    """The same stream, finished in the same way by a fold that skips nothing."""
    prefix = begin(done.prefix.machine, evolve(done.prefix.config, skip_messages=()), done.prefix.oracle)
    for chunk in done.prefix.chunks:
        prefix = step(prefix, chunk).after
    return finish(prefix, done.end)
