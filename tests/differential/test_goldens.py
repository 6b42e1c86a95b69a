"""Every recorded answer of Letta's legacy interface is ours, but for its known defects, to the letter.

A defect is a `Reason`: a function that turns our answer into what the defect makes of it, and leaves the answers alone
that it does not touch. All reasons together turn each of our answers into the recorded one; so where no reason touches
an answer, the two are equal, and a difference that no reason explains fails.
"""

from pathlib import Path

import pytest
from differential.legacy_answers import cases_of
from differential.legacy_reasons import REASONS, explained

RECORDINGS = ("chat__", "responses__", "inner__")
RECORDED = "0.16.4"
"""Of which version the recorded answers are."""


def test_every_difference_has_a_reason(recording: Path) -> None:
    cases = cases_of(recording)
    if not cases:
        pytest.skip("no recorded answers beside the corpus")
    for case in cases:
        expected, touched = explained(case, case.answer(), RECORDED)
        assert case.golden == expected, (case.config, [reason.defect for reason in touched])


def test_every_reason_is_needed(pytestconfig: pytest.Config) -> None:
    folder = pytestconfig.getoption("--corpus")
    streams = sorted(path for path in Path(folder).iterdir() if path.suffix in (".sse", ".jsonl")) if folder else []
    answers = {path.stem for path in (Path(folder).parent / "goldens").glob("*.json")} if folder else set()
    if not answers or not answers <= {path.stem for path in streams}:
        pytest.skip("only the whole recorded corpus can tell")
    idle = [reason for reason in REASONS if RECORDED in reason.versions]
    for case in (case for path in streams for case in cases_of(path)):
        ours = case.answer()
        for reason in explained(case, ours, RECORDED)[1]:
            if reason in idle and explained(case, ours, RECORDED, but=reason)[0] != case.golden:
                idle.remove(reason)
    assert [reason.defect for reason in idle] == []
