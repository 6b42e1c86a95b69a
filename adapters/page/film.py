"""A recording as a film: what came, what was said and what the fold knew, moment by moment."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from attrs import frozen

from ...reducer.ends import Done, Ended, Undecodable
from ...reducer.machine import AnyMachine
from ...reducer.messages import Message
from ...reducer.result import Result
from ..cassette.recording import Recording
from .values import Ref, Table

__all__ = ["Film", "film_of"]


@frozen
class Film:
    """A recording, folded.

    Attributes:
        data: all that the page shows of it, as JSON; `page.mjs` reads it.
        messages: what each moment said, for comparisons with another film.
        frames: the data of each frame, for the same.
    """

    data: dict[str, Any]
    messages: tuple[tuple[Message, ...], ...]
    frames: tuple[bytes, ...]


def film_of(recording: Recording, title: str | None = None, faults: Iterable[tuple[int, str]] = ()) -> Film:
    """Fold a recording, and keep every moment: before the first chunk, after each, and after the end.

    Args:
        recording: what to fold, with its configuration.
        title: what the page calls it; its name, if left out.
        faults: what else is wrong with it, such as a law that does not hold: at which chunk, and what.
    """
    machine, table = recording.machine, Table()
    wrong: dict[int, list[str]] = {}
    for place, text in faults:
        wrong.setdefault(place, []).append(text)
    moments: list[dict[str, Any]] = []
    said: list[tuple[Message, ...]] = []
    times = recording.times or (None,) * len(recording.chunks)

    results = _Results(machine, table)

    def keep(state: Any, messages: tuple[Message, ...], **wire: Any) -> None:
        place = len(moments)
        new = results.at(place, state, exactly=place in wrong or wire.get("kind") == "end")
        moments.append(
            {
                **{name: value for name, value in wire.items() if value is not None},
                "says": [table.ref(message, ("message", message.message_type)) for message in messages],
                "types": sorted({message.message_type for message in messages}),
                "state": table.ref(state, ("state",), remembered=True),
                "result": results.last,
                "result_of": results.of,
                "notes": [*new, *({"text": text, "bad": True} for text in wrong.get(place, ()))],
            }
        )
        said.append(messages)

    state, messages = machine.start(recording.config)
    keep(state, messages)
    rows = zip(recording.chunks, recording.frames, recording.sent, times, strict=True)
    for chunk, frame, sent, at in rows:
        state, messages = machine.step(state, chunk)
        raw = (sent or frame.data).decode("utf-8", "backslashreplace").rstrip("\n")
        kind = "undecodable" if isinstance(chunk, Undecodable) else "done" if isinstance(chunk, Done) else None
        keep(state, messages, at=at, frame=table.ref(raw, ("frame",)), chunk=table.ref(chunk, ("chunk",)), kind=kind)
    state, messages = machine.finish(state, recording.end or Ended())
    keep(state, messages, at=recording.ended_at, kind="end")
    data = {
        "title": title or recording.name,
        "wire": recording.wire,
        "outcome": machine.result(state).outcome,
        "config": table.ref(recording.config, ("config",)),
        "moments": moments,
        "nodes": table.nodes,
        "texts": table.texts.whole,
    }
    return Film(data, tuple(said), tuple(frame.data for frame in recording.frames))


_HARMLESS = ("ignored", "kept")  # kinds of diagnostics
_BUDGET = 1_000  # members of results that are looked at for each moment


class _Results:
    """The results of the moments, where a result costs no more than the moments since the last one allow.

    A result is made anew each time, and has all items of the answer: to keep one at each moment of a stream with a
    thousand calls would take a thousand times as long. Up to some forty calls, each moment has its own.

    Attributes:
        last: the reference of the last result that was kept.
        of: the moment that it is of.
    """

    def __init__(self, machine: AnyMachine, table: Table) -> None:
        self.last: Ref = ()
        self.of = 0
        self._machine, self._table = machine, table
        self._cost = 0
        self._failed = False
        self._counts = Counter[tuple[str, str]]()

    def at(self, place: int, state: Any, exactly: bool) -> list[dict[str, Any]]:
        """Go on to the next moment.

        Args:
            place: its number.
            state: the state of that moment.
            exactly: whether its result is kept, whatever that costs.

        Returns:
            The error and the diagnostics that are new since the last result or count more, and whether each is of
            something broken.
        """
        if not exactly and (place - self.of) * _BUDGET < self._cost:
            return []
        before = self._table.cost
        result: Result = self._machine.result(state)
        self.last, self.of = self._table.ref(result, ("result",)), place
        self._cost = self._table.cost - before
        return self._new_notes(result)

    def _new_notes(self, result: Result) -> list[dict[str, Any]]:
        new: list[dict[str, Any]] = []
        if result.error is not None and not self._failed:
            new.append({"text": f"failed: {result.error.message}", "bad": True})
        self._failed = result.error is not None
        for note in result.diagnostics:
            key = (note.kind, note.detail)
            if note.count > self._counts[key]:
                self._counts[key] = note.count
                new.append({"text": f"{note.kind}: {note.detail}", "bad": note.kind not in _HARMLESS})
        return new
