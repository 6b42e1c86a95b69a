"""The laws over a folder of recorded streams, as tests: a file is a collector, and the laws over it its one test."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from ..cassette.recording import read_recording
from ..errors import StreamfoldError
from ..visible import visible
from .law_report import Checked, check_recording, explained

__all__ = ["LawsHold", "RecordedStream"]


class RecordedStream(pytest.File):
    """A recorded stream of the corpus."""

    def collect(self) -> Iterator["LawsHold"]:
        """Its one test."""
        yield LawsHold.from_parent(self, name="laws")


class LawsHold(pytest.Item):
    """All laws hold for the stream."""

    def runtest(self) -> None:
        """Check every law against the stream."""
        path = min(str(self.path), os.path.relpath(self.path), key=len)
        checked = check_recording(read_recording(path, self.config.getoption("--corpus-wire")))
        self.user_properties.append(("law_checks", sum(checked.checks.values())))
        if checked.broken is not None:
            raise _ReportedFailure(checked)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Which law, what is wrong, at which chunk; or why the file cannot be read."""
        error = excinfo.value
        if isinstance(error, _ReportedFailure):
            width = self.config.get_terminal_writer().fullwidth
            return "\n".join(explained(error.checked, width))
        if isinstance(error, StreamfoldError):
            return visible(str(error))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Where it is, and what it is called."""
        return self.path, None, visible(f"the laws over {self.path.name}", "")


class _ReportedFailure(Exception):
    """A law does not hold; `checked` says which."""

    def __init__(self, checked: Checked) -> None:
        super().__init__(str(checked.broken))
        self.checked = checked
