"""How long a run waits, by any clock: what it was given, and moments once the wire said that it is over."""

from math import inf
from typing import Any

import pytest
from streamfold.adapters.driver.waiting.patience import Patience


def patient(idle: Any = None, content: Any = None, total: Any = None, grace: Any = 2.0) -> Patience:
    return Patience(idle, content, total, grace)


def test_without_a_time_there_is_no_end_of_waiting() -> None:
    patience = patient()
    assert not patience.timed
    patience.came(True, "open")
    assert patience.deadline(5.0) == (inf, None)


@pytest.mark.parametrize(
    ("times", "has_content", "deadline", "words"),
    [
        ({"idle": 3}, False, 13.0, "the upstream said nothing for 3 seconds"),
        ({"content": 3}, True, 13.0, "the upstream said nothing of the answer for 3 seconds"),
        ({"content": 3}, False, 4.0, "the upstream said nothing of the answer for 3 seconds"),
        ({"total": 3}, True, 4.0, "the stream was not over after 3 seconds"),
        ({"idle": 3, "content": 30, "total": 300}, False, 13.0, "the upstream said nothing for 3 seconds"),
        ({"idle": 3, "total": 4}, False, 5.0, "the stream was not over after 4 seconds"),
    ],
)
def test_each_silence_begins_with_the_first_wait_after_its_sound(
    times: dict[str, Any], has_content: bool, deadline: float, words: str
) -> None:
    patience = patient(**times)
    assert patience.timed
    patience.deadline(1.0)
    patience.deadline(2.0)
    patience.came(has_content, "open")
    until, stalled = patience.deadline(10.0)
    assert (until, str(stalled)) == (deadline, words)
    assert patience.deadline(12.0)[0] == deadline


def test_after_a_finish_word_silence_is_a_normal_end() -> None:
    patience = patient(idle=1)
    patience.came(True, "finished")
    assert patience.is_over
    assert patience.timed
    assert patience.deadline(10.0) == (12.0, None)
    patience.came(False, "finished")  # a ping
    assert patience.deadline(11.0) == (12.0, None)
    patience.came(True, "finished")  # usage
    assert patience.deadline(11.0) == (13.0, None)


def test_after_the_last_word_only_the_end_is_waited_for() -> None:
    patience = patient(grace=None)
    patience.came(True, "finished")
    assert patience.deadline(10.0) == (inf, None)
    patience.came(True, "over")
    assert patience.deadline(11.0) == (11.1, None)
    patience.came(True, "over")
    assert patience.deadline(11.05) == (11.1, None)


def test_a_response_after_another_is_waited_for_again() -> None:
    patience = patient()
    patience.came(True, "finished")
    patience.deadline(1.0)
    patience.came(True, "open")
    assert patience.deadline(9.0) == (inf, None)
    assert not patience.is_over
