"""The laws over one recorded stream, and what a person is told where one of them does not hold."""

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import Factory, frozen

from ...reducer.ends import Done
from ..cassette.recording import Recording
from ..errors import LawBroken
from ..laws.checker import check_laws
from ..visible import on_one_line
from ..wire.describe import in_short

__all__ = ["Checked", "as_json", "check_recording", "count_chunks", "explained"]

_LAST = 5  # chunks that are shown of a stream that breaks a law
_LONGEST = 2000  # characters that are shown of what is wrong


@frozen
class Checked:
    """What came of it.

    Attributes:
        checks: how often each law was checked, by its number.
        broken: the law that does not hold, with the shortest stream that shows it; None where all hold.
    """

    recording: Recording
    checks: Mapping[int, int] = Factory(dict)
    broken: LawBroken | None = None

    @property
    def line(self) -> int:
        """The line of the file where the last chunk begins of the stream that breaks a law."""
        last = len(self.broken.chunks) if self.broken is not None else 0
        return self.recording.frames[last - 1].line if last else 1


def check_recording(recording: Recording, places: int | None = 64) -> Checked:
    """Check every law against a recorded stream.

    Args:
        recording: the stream.
        places: at how many prefixes, as for `check_laws`.
    """
    try:
        checker = check_laws(recording.machine, recording.config, recording.chunks, places=places)
    except LawBroken as broken:
        return Checked(recording, broken=broken)
    return Checked(recording, dict(checker.checks))


def explained(checked: Checked, width: int = 100) -> list[str]:
    """The lines that tell a person which law does not hold, what is wrong, and at which chunk."""
    broken = checked.broken
    if broken is None:
        return []
    law, count = broken.law, len(broken.chunks)
    stated = law if law.half_of is None else law.half_of
    wrong = broken.wrong
    if len(wrong) > _LONGEST:
        wrong = f"{wrong[: _LONGEST // 2]} … {wrong[-_LONGEST // 2 :]}"
    lines = [
        f"{on_one_line(checked.recording.name)}, line {checked.line}: law {law.number} ({law.name}) does not hold",
        *_wrapped("the law", stated.statement, width),
        *_wrapped("wrong", wrong, width),
        f"  chunks   the first {count} of {len(checked.recording.chunks)} show it; the last of them:",
    ]
    for number in range(max(0, count - _LAST), count):
        lines += _wrapped(f"{number + 1:>7}", in_short(broken.chunks[number]), width)
    return lines


def as_json(checked: Checked) -> dict[str, Any]:
    """The outcome of a check of the laws as JSON, for a program."""
    broken = checked.broken
    found = {
        "file": checked.recording.path,
        "wire": checked.recording.wire,
        "chunks": count_chunks(checked.recording.chunks),
        "checks": sum(checked.checks.values()),
        "outcome": "holds" if broken is None else "broken",
        "by_law": {str(number): count for number, count in sorted(checked.checks.items())},
    }
    if broken is not None:
        found["broken"] = {
            "law": broken.law.number,
            "name": broken.law.name,
            "wrong": broken.wrong,
            "chunk": len(broken.chunks),
            "line": checked.line,
            "last_chunks": [in_short(chunk) for chunk in broken.chunks[-_LAST:]],
        }
    return found


def _wrapped(label: str, text: str, width: int) -> list[str]:
    indent = " " * 11
    lines = textwrap.wrap(on_one_line(text), max(20, width - len(indent)), break_long_words=True) or [""]
    return [f"  {label:<9}{lines[0]}", *(f"{indent}{line}" for line in lines[1:])]


def count_chunks(chunks: Iterable[Any]) -> int:
    """How many chunks there are, as `streamfold replay` counts them: without `[DONE]`."""
    return sum(not isinstance(chunk, Done) for chunk in chunks)
