"""Responses in the background: they go on by the clock, whoever listens, and are what they have come to by then."""

from collections.abc import Mapping, Sequence
from typing import Any

import anyio
from attrs import Factory, define, evolve

from ...cassette.faults import Fault
from ...cassette.recording import Recording
from ...cassette.timeline import Action, Wait, timeline
from .wholes import events_of, response_of

__all__ = ["Running", "response_id_of"]


def response_id_of(recording: Recording) -> str | None:
    """The id of the recorded response."""
    responses = (event.get("response") for event in events_of(recording))
    ids = (response.get("id") for response in responses if isinstance(response, dict))
    return next((one for one in ids if isinstance(one, str)), None)


@define(eq=False)
class Running:
    """A response that was begun.

    Attributes:
        name: the recording's.
        recording: what comes of it.
        speed: as of `Settings`.
        began: when, by the event loop's clock.
        stopped: set when it is cancelled.
        ran: how many seconds it ran until then; None while it was not cancelled.
    """

    name: str
    recording: Recording
    speed: float | None
    began: float
    stopped: anyio.Event = Factory(anyio.Event)
    ran: float | None = None

    def stop(self, now: float) -> None:
        """Cancel it, if it is not over."""
        if self.ran is None and not self._is_over(now):
            self.ran = now - self.began
            self.stopped.set()

    def standing(self, now: float) -> Mapping[str, Any]:
        """The response as it stands."""
        if self.ran is None and self._is_over(now):
            return response_of(self.recording, self.name).body
        responses = [event.get("response") for event in events_of(self.recording)[: self._arrived(now)]]
        last = next((one for one in reversed(responses) if isinstance(one, dict)), None)
        begun = {"id": response_id_of(self.recording), "object": "response", "output": [], **(last or {})}
        return {**begun, "status": "in_progress" if self.ran is None else "cancelled"}

    def rest(self, beyond: int | None, faults: Sequence[Fault], request: int, now: float) -> tuple[Action, ...]:
        """What a client gets who listens from now on.

        Args:
            beyond: only events with a higher `sequence_number`.
            faults: what goes wrong with that.
            request: which request it is.
            now: by the event loop's clock.

        Raises:
            ValueError: as `timeline`.
        """
        if self.ran is not None:
            return timeline(self._until(self._arrived(now)), request=request, beyond=beyond)
        actions = timeline(self.recording, faults, speed=self.speed, request=request, beyond=beyond)
        return tuple(_without_past(actions, now - self.began - self._skipped(beyond)))

    def _is_over(self, now: float) -> bool:
        return self._arrived(now) == len(self.recording.frames)

    def _arrived(self, now: float) -> int:
        """How many frames have come."""
        ran = now - self.began if self.ran is None else self.ran
        return sum(at <= ran for at in self._offsets())

    def _offsets(self) -> Sequence[float]:
        """The seconds after which each frame comes."""
        if self.speed is None or self.recording.times is None:
            return [0.0] * len(self.recording.frames)
        return [at / self.speed for at in self.recording.times]

    def _skipped(self, beyond: int | None) -> float:
        """The seconds that the frames took which are left out."""
        if beyond is None:
            return 0.0
        numbers = [event.get("sequence_number") for event in events_of(self.recording)]
        taken = [at for at, one in zip(self._offsets(), numbers, strict=True) if isinstance(one, int) and one <= beyond]
        return max(taken, default=0.0)

    def _until(self, count: int) -> Recording:
        whole = self.recording
        frames, chunks, sent = whole.frames[:count], whole.chunks[:count], whole.sent[:count]
        return evolve(whole, frames=frames, chunks=chunks, sent=sent, times=None, end=None, ended_at=None)


def _without_past(actions: Sequence[Action], seconds: float) -> Sequence[Action]:
    """The actions without the recorded pauses of so many seconds, which are past already."""
    left: list[Action] = []
    for action in actions:
        if isinstance(action, Wait) and action.fault is None:
            past = min(max(seconds, 0.0), action.seconds)
            seconds -= past
            if past < action.seconds:
                left.append(Wait(action.seconds - past))
        else:
            left.append(action)
    return left
