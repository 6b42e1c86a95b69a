"""What a stream of any wire says beside its deltas: who answers, why it ended, what it cost, what went wrong.

It changes with few chunks, so it lies nested in the state, apart from what changes with each.
"""

from typing import Self

from ..diagnostics import Diagnostic, Kind, noted
from ..ends import Cancelled, Done, End, Failed, Outcome, Undecodable
from ..stream_error import StreamError, error_of
from ..usage import UNKNOWN, Usage
from ..values.frozen_value import evolve, value

_MAX_REASONS = 16


@value
class Envelope:
    """Everything about the answer that is not in its deltas.

    Attributes:
        finish_reasons: as they came; an immediate repetition counts once.
        over: whether the wire said that the answer is over; final: whether that was its last word, `[DONE]` or a
            response with a final status; cancelled: whether it said that the answer was cancelled.
        error: what the wire said went wrong.
        lost: how many times something came with which a piece of the answer may have been lost.
        limit: the name of the limit that ended the fold; empty if none did.
        annotations: how many citations were taken in; unkept: how many had no room.
    """

    model: str = ""
    provider_id: str = ""
    usage: Usage = UNKNOWN
    finish_reasons: tuple[str, ...] = ()
    over: bool = False
    final: bool = False
    cancelled: bool = False
    error: StreamError | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    lost: int = 0
    limit: str = ""
    annotations: int = 0
    unkept: int = 0

    def note(self, kind: Kind, detail: str, where: str = "", count: int = 1) -> Self:
        """This envelope with so many diagnostics of that kind and detail."""
        return evolve(self, diagnostics=noted(self.diagnostics, kind, detail, where, count))

    def with_loss(self) -> Self:
        """This envelope after something with which a piece of the answer may have been lost."""
        return evolve(self, lost=self.lost + 1)

    def end_with(self, reason: str) -> Self:
        """This envelope after the wire said that the answer is over, and why."""
        reasons = self.finish_reasons
        if not (reasons and reasons[-1] == reason) and len(reasons) < _MAX_REASONS:
            reasons = (*reasons, reason)
        return evolve(self, finish_reasons=reasons, over=True)

    def read_marker(self, marker: object) -> Self:
        """This envelope after what stands where a chunk should."""
        if isinstance(marker, Done):
            return self if self.final else evolve(self, over=True, final=True)
        if isinstance(marker, Undecodable):
            noted = self.note("undecodable", marker.reason, marker.where)
            return noted.with_loss() if marker.lost else noted
        hint = ": make chunks of decoded JSON with `decoder`" if isinstance(marker, dict) else ""
        return self.note("ignored", f"a {type(marker).__name__} in place of a chunk{hint}")

    @property
    def has_last_word(self) -> bool:
        """Whether the wire had its last word, which stands whatever comes of the run; unless a limit ended the fold."""
        return self.final and not self.limit

    def outcome(self, end: End | None) -> Outcome:
        """How the stream ended.

        What the wire said of a failure stands, whatever the driver reports afterwards, and so does its last word; else
        the driver's word counts before the wire's.
        """
        if self.error is not None:
            return "failed"
        if self.cancelled:
            return "cancelled"
        if self.has_last_word:
            return "completed"
        if isinstance(end, Failed):
            return "failed"
        if isinstance(end, Cancelled):
            return "cancelled"
        if self.over:
            return "completed"
        return "open" if end is None else "truncated"

    def failure(self, end: End | None) -> StreamError | None:
        """What went wrong: as the wire said, or else as the driver reported."""
        if self.error is None and isinstance(end, Failed) and not (self.cancelled or self.has_last_word):
            return error_of(end)
        return self.error
