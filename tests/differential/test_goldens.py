"""Every recorded answer of Letta's legacy interface is ours, but for its known defects, to the letter.

A defect is a `Reason`: a function that turns our answer into what the defect makes of it, and leaves the answers alone
that it does not touch. All reasons together turn each of our answers into the recorded one; so where no reason touches
an answer, the two are equal, and a difference that no reason explains fails.
"""

from pathlib import Path

import pytest
from differential.legacy_answers import Answer, Case, Reason, cases_of
from differential.legacy_reasons import REASONS

RECORDINGS = ("chat__", "responses__", "inner__")


def theirs(case: Case, ours: Answer, but: Reason | None = None) -> tuple[Answer, list[Reason]]:
    """What the reasons, but for one, make of our answer; and which of them touched it."""
    touched = []
    for reason in REASONS:
        if case.interface in reason.interfaces and reason is not but:
            before, ours = ours, reason.change(case, ours)
            if ours != before:
                touched.append(reason)
    return ours, touched


def test_every_difference_has_a_reason(recording: Path) -> None:
    cases = cases_of(recording)
    if not cases:
        pytest.skip("no recorded answers beside the corpus")
    for case in cases:
        expected, touched = theirs(case, case.answer())
        assert case.golden == expected, (case.config, [reason.defect for reason in touched])


def test_every_reason_is_needed(pytestconfig: pytest.Config) -> None:
    folder = pytestconfig.getoption("--corpus")
    streams = sorted(path for path in Path(folder).iterdir() if path.suffix in (".sse", ".jsonl")) if folder else []
    answers = {path.stem for path in (Path(folder).parent / "goldens").glob("*.json")} if folder else set()
    if not answers or not answers <= {path.stem for path in streams}:
        pytest.skip("only the whole recorded corpus can tell")
    idle = list(REASONS)
    for case in (case for path in streams for case in cases_of(path)):
        ours = case.answer()
        for reason in theirs(case, ours)[1]:
            if reason in idle and theirs(case, ours, but=reason)[0] != case.golden:
                idle.remove(reason)
    assert [reason.defect for reason in idle] == []
