"""Pages of the recordings that a failed test replayed, written where pytest keeps what outlives a run."""

import re
from pathlib import Path

import pytest

from ..cassette.recording import Recording, read_recording
from ..errors import StreamfoldError
from ..page import film_of, page_of
from ..visible import visible
from .pytest_corpus import LawsHold
from .replay import Replay

__all__ = ["add_pages"]

_MOST = 4  # pages of one test
_MOST_CHUNKS = 20_000  # a page of more takes longer than a failed test should


def add_pages(item: pytest.Item, report: pytest.TestReport, error: BaseException | None) -> None:
    """Write a page of each recording that a failed test replayed, and name it in the report.

    Args:
        item: the test.
        report: its report, which gets a section.
        error: why it failed.
    """
    cache = getattr(item.config, "cache", None)
    recordings = [one for one in _recordings(item) if len(one.chunks) <= _MOST_CHUNKS][:_MOST]
    if cache is None or not recordings:
        return
    faults = []
    checked = getattr(error, "checked", None)
    if checked is not None and checked.broken is not None:
        law = checked.broken.law
        faults.append((len(checked.broken.chunks), f"law {law.number} ({law.name}) does not hold"))
    lines = []
    for number, recording in enumerate(recordings, 1):
        folder: Path = cache.mkdir("streamfold")
        name = re.sub(r"[^\w.-]+", "-", item.nodeid).strip("-")[-120:]
        path = folder / (f"{name}.html" if len(recordings) == 1 else f"{name}.{number}.html")
        path.write_text(page_of([film_of(recording, faults=faults)]), "utf-8", newline="\n")
        lines.append(visible(f"{recording.name}, chunk by chunk: {path}"))
    report.sections.append(("streamfold", "\n".join(lines)))


def _recordings(item: pytest.Item) -> tuple[Recording, ...]:
    if isinstance(item, LawsHold):
        try:
            return (read_recording(str(item.path), item.config.getoption("--corpus-wire")),)
        except StreamfoldError:
            return ()
    replayed = getattr(item, "funcargs", {}).get("cassette")
    return tuple(replayed.recordings) if isinstance(replayed, Replay) else ()
