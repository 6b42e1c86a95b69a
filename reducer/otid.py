"""Ids: a message's otid, the approval id, and the run that hands both out.

The scheme is that of Letta's legacy streaming interface, and its clients rely on it: the message id is fixed before the
stream begins, and the otid of the run with index i is the message id's UUID with its low 7 bits replaced by i.
"""

from uuid import UUID, uuid5

from .values.frozen_value import changer_of, evolve, value

PREFIX = "message-"
_LOW = 0x7F  # the 7 bits that carry a run's index


def otid(message_id: str, index: int) -> str:
    """The offline threading id of the run with this index.

    Args:
        message_id: a UUID, with or without the prefix "message-".
        index: the run's number, from 0. -1 means the message id itself, unchanged.

    Returns:
        A UUID, printed. From index 128 on, where the low bits are used up, a UUID derived from the message id and the
        index alone (version 5), so that the same run has the same otid on every host.

    Raises:
        ValueError: if `message_id` is no UUID.
    """
    if index < 0:
        return message_id
    base = _uuid(message_id)
    if index > _LOW:
        return str(uuid5(base, str(index)))
    return str(UUID(int=base.int & ~_LOW | index))


def approval_id(message_id: str) -> str:
    """The id, and the otid, of approval requests: the message id's UUID minus one, always with the prefix "message-".

    The prefix keeps it apart from every run's otid.

    Raises:
        ValueError: if `message_id` is no UUID.
    """
    return PREFIX + str(UUID(int=(_uuid(message_id).int - 1) % (1 << 128)))


def synthetic_call_id(message_id: str, position: int) -> str:
    """The id of a tool call whose provider sent none: the same for the same stream, distinct per position."""
    return f"call_{uuid5(_uuid(message_id), f'call {position}').hex[:24]}"


def _uuid(message_id: str) -> UUID:
    try:
        return UUID(message_id.removeprefix(PREFIX))
    except (ValueError, AttributeError, TypeError):
        raise ValueError(
            f'message_id must be a UUID, with or without the prefix "{PREFIX}", not {message_id!r}'
        ) from None


@value
class RunCursor:
    """A maximal stretch of messages of one type: what every message of it has in common.

    The run before the first message has index -1 and no type.

    Attributes:
        id: the message id of the stream.
        approval_id: the id of its approval requests.
        run_id: the agent server's id of the run, carried through.
        step_id: the agent server's id of the step, carried through.
        type: the `message_type` of the run's messages.
        index: the run's number in the stream, from 0.
        otid: the id that the run's messages share.
        skipped: the types of messages that are not emitted; a run of them takes no index.
        emitted: the type of the last run that was emitted; `type` may be one that is skipped.
    """

    id: str
    approval_id: str
    run_id: str | None
    step_id: str | None
    type: str = ""
    index: int = -1
    otid: str = ""
    skipped: frozenset[str] = frozenset()
    emitted: str = ""

    def enter(self, message_type: str) -> "RunCursor":
        """The run that a message of this type belongs to: this one, or the next."""
        if message_type == self.type:
            return self
        if message_type == self.emitted or message_type in self.skipped:
            return evolve(self, type=message_type)  # a run goes on after one that was skipped, or one is skipped
        index = self.index + 1
        if 0 < index <= _LOW:  # as the otid before, but for its last 7 bits: a sixth of the time
            last = int(self.otid[-2:], 16) & ~_LOW | index
            new = f"{self.otid[:-2]}{last:02x}"
        else:
            new = otid(self.id, index)
        return _entered(self, message_type, index, new, message_type)


_entered = changer_of(RunCursor, "type", "index", "otid", "emitted")


def initial_cursor(
    message_id: str, run_id: str | None, step_id: str | None, skipped: frozenset[str] = frozenset()
) -> RunCursor:
    """The run cursor before the first message."""
    return RunCursor(message_id, approval_id(message_id), run_id, step_id, skipped=skipped)
