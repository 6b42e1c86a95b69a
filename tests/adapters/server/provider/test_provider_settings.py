"""What cannot be played as it is asked for is refused before anybody asks for it."""

import pytest
from streamfold.adapters.errors import UsageError
from streamfold.adapters.server.provider.settings import Settings, check
from streamfold.adapters.server.provider.shelf import shelf_of
from streamfold.adapters.testing import Cut, Stall
from support.adapters.command_runs import CALLS, ERROR


def test_what_can_be_played_is_not_refused() -> None:
    check(shelf_of([str(CALLS), str(ERROR)]), Settings(faults=(Cut(10), Stall(9, request=2))))
    check(shelf_of([str(CALLS)], chunk_delay=0.1), Settings(speed=1.0))


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (Settings(speed=2.0), "no times were recorded in it"),
        (Settings(faults=(Cut(68),)), "there are 67 frames in"),
        (Settings(faults=(Cut(68, request=3),)), "there are 67 frames in"),
    ],
)
def test_what_cannot_be_played_is_refused(settings: Settings, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        check(shelf_of([str(CALLS)]), settings)
