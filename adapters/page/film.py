"""A recording as a film: what came, what was said and what the fold knew, moment by moment."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from attrs import frozen

from ...reducer.ends import Done, Ended, Undecodable
from ...reducer.messages import Message
from ...reducer.result import Result
from ..cassette.recording import Recording
from .values import Table

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
    notes = Counter[tuple[str, str]]()
    times = recording.times or (None,) * len(recording.chunks)

    def keep(state: Any, messages: tuple[Message, ...], **wire: Any) -> None:
        result: Result = machine.result(state)
        new = _new_notes(notes, result)
        moments.append(
            {
                **{name: value for name, value in wire.items() if value is not None},
                "says": [table.ref(message, ("message", message.message_type)) for message in messages],
                "types": sorted({message.message_type for message in messages}),
                "state": table.ref(state, ("state",)),
                "result": table.ref(result, ("result",)),
                "notes": [*new, *({"text": text, "bad": True} for text in wrong.get(len(moments), ()))],
            }
        )
        said.append(messages)
        table.forget()

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
        "texts": table.texts,
    }
    return Film(data, tuple(said), tuple(frame.data for frame in recording.frames))


_HARMLESS = ("ignored", "kept")  # kinds of diagnostics


def _new_notes(before: "Counter[tuple[str, str]]", result: Result) -> list[dict[str, Any]]:
    """The diagnostics that are new or count more, and whether each is of something broken; `before` counts on."""
    new = []
    for note in result.diagnostics:
        key = (note.kind, note.detail)
        if note.count > before[key]:
            before[key] = note.count
            new.append({"text": f"{note.kind}: {note.detail}", "bad": note.kind not in _HARMLESS})
    return new
