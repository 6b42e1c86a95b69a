"""The policy of resuming, without any stream: how often it asks, how long it waits, and that it always ends."""

from itertools import repeat
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.driver.resume.policy import (
    LAST,
    LONGEST_PAUSE,
    Bounds,
    Loss,
    Lost,
    Move,
    Refused,
    Resumption,
    StillRunning,
    StreamEnded,
)

LOSSES: list[Loss] = [
    Lost(),
    StreamEnded(),
    StillRunning(),
    *map(Refused, (400, 401, 404, 408, 409, 425, 429, 500, 529)),
]
losses = st.sampled_from(LOSSES)
events = st.builds(
    lambda number, kind: SimpleNamespace(type=kind, sequence_number=number),
    st.none() | st.integers(-2, 30),
    st.sampled_from(["response.output_text.delta"] * 9 + ["response.completed"]),
)
bounds = st.builds(Bounds, st.integers(0, 4), st.floats(0, 1e308), st.integers(1, 9))


def event(number: Any = None, kind: str = "response.output_text.delta") -> Any:
    return SimpleNamespace(type=kind, sequence_number=number)


def resumption(attempts: int = 5, pause: float = 0.5, total: int = 100, cursor: int = 7) -> Resumption:
    return Resumption(Bounds(attempts, pause, total), "resp_1", cursor)


def moves_of(resumed: Resumption, *given: Any) -> list[Move]:
    """What it does about each loss, until it ends."""
    moves: list[Move] = []
    for one in given:
        if isinstance(one, SimpleNamespace):
            resumed.saw(one)
            continue
        moves.append(resumed.next_move(one))
        if moves[-1].kind in ("raise", "end"):
            break
    return moves


def kinds_of(resumed: Resumption, *given: Any) -> list[str]:
    return [move.kind for move in moves_of(resumed, *given)]


# Bounds


@given(bounds, st.booleans(), st.lists(events | losses, max_size=60))
def test_it_never_asks_more_often_than_its_bounds(bounds: Bounds, opens: bool, given: list[Any]) -> None:
    resumed, in_row, cursor = Resumption(bounds, "resp_1", 3), 0, 3
    asked = [resumed.first()] if opens else []
    for one in given:
        if isinstance(one, SimpleNamespace):
            resumed.saw(one)
        else:
            asked.append(resumed.next_move(one))
            in_row += 1
            if asked[-1].kind in ("raise", "end"):
                asked.pop()
                break
        assert resumed.cursor >= cursor
        in_row = 0 if resumed.cursor > cursor else in_row
        cursor = resumed.cursor
        assert in_row <= bounds.attempts + 1  # one more to fetch it whole
    assert len(asked) == resumed.requests <= bounds.total_attempts
    assert all(0 <= move.wait <= LONGEST_PAUSE for move in asked)


@given(bounds, losses, st.booleans())
def test_it_always_ends(bounds: Bounds, loss: Loss, advances: bool) -> None:
    resumed = Resumption(bounds, "resp_1", 0)
    for number in range(1, bounds.total_attempts + 2):
        if resumed.next_move(loss).kind in ("raise", "end"):
            break
        resumed.saw(event(number if advances else 0))
    else:
        raise AssertionError("it goes on")
    assert resumed.requests <= bounds.total_attempts


def test_an_old_event_is_no_progress() -> None:
    lost_again = [one for _ in range(300) for one in (event(7), event(3), event(), Lost())]
    assert kinds_of(resumption(attempts=5), *lost_again) == ["stream"] * 5 + ["raise"]


def test_a_new_event_each_time_ends_by_the_total() -> None:
    given = [one for number in range(8, 100) for one in (event(number), Lost())]
    assert kinds_of(resumption(total=12), *given) == ["stream"] * 12 + ["raise"]


# Waits


def test_the_pause_doubles_until_something_new_comes() -> None:
    resumed = resumption(attempts=9)
    assert [move.wait for move in moves_of(resumed, Lost(), Lost(), Lost(), event(8), Lost())] == [0.5, 1, 2, 0.5]


def test_no_pause_is_longer_than_a_minute() -> None:
    waits = [move.wait for move in moves_of(resumption(attempts=2000, total=2000), *repeat(Lost(), 2000))]
    assert (waits[6], waits[7], waits[-1]) == (32, 60, 60)


@pytest.mark.parametrize(
    ("retry_after", "wait"), [(None, 0.5), (0.0, 0.5), (0.1, 0.5), (7.5, 7.5), (60.0, 60.0), (86400.0, 60.0)]
)
def test_what_the_provider_wants_to_have_waited_is_waited(retry_after: float | None, wait: float) -> None:
    assert resumption().next_move(Refused(429, retry_after)) == Move("stream", wait)


# What to ask for


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 529, 599])
def test_a_passing_refusal_is_asked_again(status: int) -> None:
    resumed = resumption(attempts=2)
    assert kinds_of(resumed, Lost(), Refused(status), Refused(status)) == ["stream", "stream", "raise"]


@pytest.mark.parametrize("status", [401, 403, 405, 410, 422, 499])
def test_another_refusal_is_raised_at_once(status: int) -> None:
    assert kinds_of(resumption(), Lost(), Refused(status)) == ["stream", "raise"]


@pytest.mark.parametrize("status", [400, 404])
def test_what_cannot_be_streamed_is_fetched_whole_at_once(status: int) -> None:
    assert moves_of(resumption(attempts=1), Lost(), Refused(status))[1] == Move("whole", 0.0)


def test_what_cannot_be_had_whole_either_is_refused() -> None:
    assert kinds_of(resumption(), Lost(), Refused(404), Refused(404)) == ["stream", "whole", "raise"]


def test_what_cannot_be_streamed_is_asked_for_until_it_is_over() -> None:
    given = [Lost(), Refused(400), StillRunning(), Lost(), Refused(503), StillRunning()]
    kinds = kinds_of(resumption(attempts=4), *given)
    assert kinds == ["stream", "whole", "whole", "whole", "whole", "raise"]


def test_a_refusal_of_the_callers_own_stream_is_raised() -> None:
    assert kinds_of(resumption(), Refused(404)) == ["raise"]


def test_a_stream_that_has_nothing_new_is_looked_at_whole() -> None:
    given = [StreamEnded(), event(7), StreamEnded(), StillRunning(), event(8), StreamEnded(), StreamEnded()]
    assert kinds_of(resumption(), *given) == ["stream", "whole", "stream", "stream", "whole"]


def test_events_without_numbers_are_never_asked_for_again() -> None:
    resumed = resumption(cursor=-1)
    assert kinds_of(resumed, event(None), Lost(), StillRunning(), event("5"), Lost()) == ["whole"] * 3
    assert resumed.cursor == -1


# The end


@pytest.mark.parametrize("kind", sorted(LAST | {"error", "response.error"}))
@pytest.mark.parametrize("loss", LOSSES)
def test_after_the_last_event_no_loss_matters(kind: str, loss: Loss) -> None:
    assert moves_of(resumption(), event(None, kind), loss) == [Move("end")]


def test_what_was_never_named_cannot_be_asked_for() -> None:
    assert kinds_of(Resumption(Bounds()), Lost()) == ["raise"]
    assert kinds_of(Resumption(Bounds()), event(5), StreamEnded()) == ["end"]


def test_the_first_name_stays() -> None:
    resumed = Resumption(Bounds())
    for found in (None, 5, "resp_1", "resp_2"):
        resumed.saw(SimpleNamespace(type="response.created", response=SimpleNamespace(id=found)))
    assert resumed.response_id == "resp_1"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"attempts": -1}, ValueError),
        ({"attempts": 1.5}, TypeError),
        ({"pause": -0.1}, ValueError),
        ({"pause": float("nan")}, ValueError),
        ({"pause": "1"}, TypeError),
        ({"total_attempts": 0}, ValueError),
        ({"total_attempts": None}, TypeError),
    ],
)
def test_what_bounds_nothing_is_refused(given: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Bounds(**given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"attempts": "3"}, "attempts must be a whole number, not '3'"),
        ({"pause": None}, "pause must be a number of seconds"),
    ],
)
def test_a_bound_that_is_no_number_is_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=f"^{said}"):
        Bounds(**given)
