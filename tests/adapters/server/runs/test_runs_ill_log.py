"""Runs before a log of which one call hangs, or fails: they go on, and so do those who listen to them."""

from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold import Cancelled, chat
from streamfold.adapters.server.log import Lease, Page, SqliteLog, Status
from streamfold.adapters.server.runs import Runs
from support.server.logged_runs import CHAT, Listener, chat_chunks, given, messages_of, opener, then_silence

pytestmark = pytest.mark.anyio
CHUNKS = chat_chunks(4)
LEASE = 1.5


@pytest.fixture(params=["asyncio", pytest.param("trio", marks=pytest.mark.deep)])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class IllLog(SqliteLog):
    """A log of which one call hangs or fails so many times, before or after it did what it was asked for.

    Attributes:
        left: how many times still.
    """

    def __init__(self, folder: Path, call: str, how: str, times: int = 1) -> None:
        super().__init__(folder / "runs.db")
        self.call, self.how, self.left = call, how, times

    async def append(self, *args: Any) -> None:
        await self._ill("append", super().append, *args)

    async def close(self, *args: Any) -> None:
        await self._ill("close", super().close, *args)

    async def renew(self, *args: Any) -> tuple[Lease, ...]:
        lost: tuple[Lease, ...] = await self._ill("renew", super().renew, *args)
        return lost

    async def cancelled(self, *args: Any) -> frozenset[str]:
        found: frozenset[str] = await self._ill("cancelled", super().cancelled, *args)
        return found

    async def cancel(self, *args: Any) -> Status:
        status: Status = await self._ill("cancel", super().cancel, *args)
        return status

    async def read(self, *args: Any, **options: Any) -> Page:
        options["wait"] = 0.02
        page: Page = await self._ill("read", super().read, *args, **options)
        return page

    async def _ill(self, name: str, call: Any, *args: Any, **options: Any) -> Any:
        if name != self.call or not self.left:
            return await call(*args, **options)
        self.left -= 1
        if "after" in self.how:
            await call(*args, **options)
        if "hangs" in self.how:
            await anyio.sleep_forever()
        raise OSError("gone")


QUICK = {("append", "hangs"), ("append", "fails after"), ("close", "hangs after"), ("read", "hangs"), ("read", "fails")}
WAYS = [
    pytest.param(call, how, marks=() if (call, how) in QUICK else pytest.mark.deep)
    for call in ("append", "close", "read")
    for how in ("hangs", "hangs after", "fails", "fails after")
]


@pytest.mark.parametrize(("call", "how"), WAYS)
async def test_a_run_is_whole_all_the_same(
    tmp_path: Path, call: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streamfold.adapters.server.runs._LONGEST_WAIT", 0.1)
    listener = Listener()
    with anyio.fail_after(20):
        async with IllLog(tmp_path, call, how) as log, Runs(log, lease=LEASE) as runs:
            await runs.start("run", chat, CHAT, opener(given(CHUNKS)))
            await listener.listen(runs, "run")
    assert log.left == 0
    assert listener.messages == messages_of(chat, CHAT, CHUNKS)
    assert listener.over is not None
    assert listener.over.status == "completed"


@pytest.mark.parametrize("how", ["hangs", pytest.param("fails", marks=pytest.mark.deep)])
async def test_a_lease_is_renewed_though_a_renewal_was_lost(tmp_path: Path, how: str) -> None:
    with anyio.fail_after(20):
        async with IllLog(tmp_path, "renew", how) as log, Runs(log, lease=LEASE, adopts=False) as runs:
            await runs.start("run", chat, CHAT, opener(then_silence(CHUNKS[:1])))
            until = anyio.current_time() + 1.5 * LEASE
            while anyio.current_time() < until:
                assert await log.orphans() == ()
                await anyio.sleep(0.02)
    assert log.left == 0


@pytest.mark.parametrize("how", ["hangs", "fails"])
async def test_a_cancel_from_elsewhere_is_heard_though_a_look_was_lost(tmp_path: Path, how: str) -> None:
    listener = Listener()
    with anyio.fail_after(20):
        async with IllLog(tmp_path, "cancelled", how) as log, Runs(log, lease=LEASE) as runs:
            await runs.start("run", chat, CHAT, opener(then_silence(CHUNKS[:1])))
            await log.cancel("run")
            await listener.listen(runs, "run")
    assert listener.messages == messages_of(chat, CHAT, CHUNKS[:1], Cancelled())


@pytest.mark.parametrize("how", ["hangs", "fails"])
async def test_a_run_of_this_process_is_cancelled_without_the_log(tmp_path: Path, how: str) -> None:
    listener = Listener()
    with anyio.fail_after(20):
        async with IllLog(tmp_path, "cancel", how) as log, Runs(log) as runs:
            await runs.start("run", chat, CHAT, opener(then_silence(CHUNKS[:1])))
            await listener.listen(runs, "run", most=1)
            with anyio.move_on_after(0.1), pytest.raises(OSError, match="gone"):
                await runs.cancel("run")
            await listener.listen(runs, "run")
    assert listener.over is not None
    assert listener.over.status == "cancelled"


@pytest.mark.parametrize("how", ["hangs", "fails"])
async def test_a_log_that_cannot_be_read_is_given_up(tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamfold.adapters.server.runs._LONGEST_WAIT", 0.1)
    with anyio.fail_after(20):
        async with IllLog(tmp_path, "read", how, times=1000) as log, Runs(log, lease=0.3) as runs:
            await runs.start("run", chat, CHAT, opener(given(CHUNKS)))
            with pytest.raises(OSError, match=r"not answered|gone"):
                await Listener().listen(runs, "run")
