"""The time that a log has to answer, and how long it is asked again."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from streamfold.adapters.errors import LeaseLost
from streamfold.adapters.server.runs_patience import answer_within, insist

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Asked:
    """A log that fails so many times, in a way, and then answers.

    Attributes:
        times: how often it was asked.
    """

    def __init__(self, fails: float, how: Exception | None) -> None:
        self.fails, self.how, self.times = fails, how, 0

    async def __call__(self) -> str:
        self.times += 1
        if self.times <= self.fails:
            if self.how is not None:
                raise self.how
            await anyio.sleep_forever()
        return "answer"


async def test_a_log_that_hangs_is_given_up() -> None:
    with pytest.raises(TimeoutError, match=r"not answered for 0\.01 s"):
        await answer_within(0.01, Asked(1, None))
    assert await answer_within(20, Asked(0, None)) == "answer"


@pytest.mark.parametrize("how", [None, OSError("gone"), ValueError("no JSON")], ids=["hangs", "fails", "babbles"])
async def test_what_failed_is_asked_again(how: Exception | None) -> None:
    asked = Asked(2 if how else 1, how)
    assert await insist(asked, 3.0 if how else 0.9, "run") == "answer"
    assert asked.times == (3 if how else 2)


@pytest.mark.parametrize(("how", "raised"), [(None, TimeoutError), (OSError("gone"), OSError)])
async def test_what_fails_for_a_lease_is_given_up(how: Exception | None, raised: type[Exception]) -> None:
    asked = Asked(float("inf"), how)
    with anyio.fail_after(20), pytest.raises(raised):
        await insist(asked, 0.2, "run")
    assert asked.times > 1


HALF = UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed")


@pytest.mark.parametrize("how", [LeaseLost("lost"), TypeError("no text"), HALF])
async def test_what_is_refused_is_not_asked_again(how: Exception) -> None:
    asked = Asked(1, how)
    with pytest.raises(type(how)):
        await insist(asked, 1000.0, "run")
    assert asked.times == 1


async def test_nothing_is_asked_again_that_nobody_wants() -> None:
    asked = Asked(1, OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        await insist(asked, 1000.0, "run", wanted=lambda: False)


async def test_to_wait_is_no_failure() -> None:
    async def waits() -> str:
        await anyio.sleep(0.1)
        return "nothing yet"

    ask: Callable[[], Awaitable[Any]] = waits
    assert await insist(ask, 0.03, "run", wait=0.1 + 20) == "nothing yet"
