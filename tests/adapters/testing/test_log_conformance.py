"""The checks of a log catch logs that break the contract, each in its way."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest
from attrs import evolve
from streamfold.adapters.errors import StreamfoldError
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.adapters.server.log import Batch, Lease, Page, Restored, SqliteLog, Status
from streamfold.adapters.testing import log_conformance
from streamfold.reducer.messages import Message
from streamfold.reducer.result import Result


class ReadsItsCursorAgain(SqliteLog):
    async def read(self, run_id: str, after: str | None = None, wait: float = 0.0, limit: int = 500) -> Page:
        page = await super().read(run_id, None, 0.0, 10_000)
        at = next((at for at, one in enumerate(page.logged) if one.cursor == after), 0)
        return evolve(await super().read(run_id, after, wait, limit), logged=page.logged[at:][:limit])


class LosesTheLastMessage(SqliteLog):
    async def append(self, lease: Lease, batch: Batch) -> None:
        await super().append(lease, evolve(batch, messages=batch.messages[:-1]))


class LosesWhatToolsGave(SqliteLog):
    async def append(self, lease: Lease, batch: Batch) -> None:
        said = tuple(one for one in batch.messages if not isinstance(one, ToolReturn))
        await super().append(lease, evolve(batch, messages=said))


class HasNoEnd(SqliteLog):
    async def read(self, *args: Any, **named: Any) -> Page:
        return evolve(await super().read(*args, **named), over=None)


class HidesItsGaps(SqliteLog):
    async def read(self, *args: Any, **named: Any) -> Page:
        return evolve(await super().read(*args, **named), gap=None)


class BelievesEveryProducer(SqliteLog):
    async def take_over(self, run_id: str, seconds: float) -> Lease | None:
        lease = await super().take_over(run_id, seconds)
        return lease and Lease(lease.run_id, lease.epoch)

    async def append(self, lease: Lease, batch: Batch) -> None:
        for epoch in (lease.epoch, lease.epoch + 1):
            try:
                return await super().append(Lease(lease.run_id, epoch), batch)
            except log_conformance.LeaseLost:
                continue
        raise log_conformance.LeaseLost


class NeverLosesAProducer(SqliteLog):
    async def orphans(self, limit: int = 100) -> tuple[str, ...]:
        return ()


class LosesEveryProducer(SqliteLog):
    async def renew(self, leases: Iterable[Lease], seconds: float) -> tuple[Lease, ...]:
        return await super().renew(leases, 0.0)


class LosesItsChunks(SqliteLog):
    async def append(self, lease: Lease, batch: Batch) -> None:
        await super().append(lease, evolve(batch, chunks=()))


class KeepsChunksTwice(SqliteLog):
    place = 0

    async def append(self, lease: Lease, batch: Batch) -> None:
        await super().append(lease, evolve(batch, place=self.place))
        self.place += len(batch.chunks)


class RestoresTheBeginning(SqliteLog):
    async def restore(self, lease: Lease) -> Restored:
        return evolve(await super().restore(lease), chunks=())


class HearsNoCancel(SqliteLog):
    async def cancelled(self, run_ids: Iterable[str]) -> frozenset[str]:
        return frozenset()


class CancelsThemAll(SqliteLog):
    async def cancelled(self, run_ids: Iterable[str]) -> frozenset[str]:
        asked = tuple(run_ids)
        return frozenset(asked) if await super().cancelled(asked) else frozenset()


class ForgetsTheStatus(SqliteLog):
    async def close(
        self, lease: Lease, number: int, messages: Sequence[Message], status: Status, result: Result | None
    ) -> None:
        await super().close(lease, number, messages, "completed", result)


class ForgetsNothing(SqliteLog):
    async def forget(self, seconds: float) -> int:
        return 0


class ForgetsEverything(SqliteLog):
    async def forget(self, seconds: float) -> int:
        return await super().forget(-1e6)


class WaitsForNothing(SqliteLog):
    async def read(self, run_id: str, after: str | None = None, wait: float = 0.0, limit: int = 500) -> Page:
        return await super().read(run_id, after, 0.0, limit)


class TakesAnyCursor(SqliteLog):
    async def read(self, run_id: str, after: str | None = None, wait: float = 0.0, limit: int = 500) -> Page:
        try:
            return await super().read(run_id, after, wait, limit)
        except log_conformance.CursorError:
            return await super().read(run_id, None, wait, limit)


BROKEN = (
    ReadsItsCursorAgain,
    LosesTheLastMessage,
    LosesWhatToolsGave,
    HasNoEnd,
    HidesItsGaps,
    BelievesEveryProducer,
    NeverLosesAProducer,
    LosesEveryProducer,
    LosesItsChunks,
    KeepsChunksTwice,
    RestoresTheBeginning,
    HearsNoCancel,
    CancelsThemAll,
    ForgetsTheStatus,
    ForgetsNothing,
    ForgetsEverything,
    WaitsForNothing,
    TakesAnyCursor,
)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_a_broken_log_is_caught(broken: type[SqliteLog], tmp_path: Path) -> None:
    def open_log(clock: Callable[[], float]) -> SqliteLog:
        return broken(tmp_path / "runs.db", clock=clock)

    with pytest.raises((AssertionError, StreamfoldError)):
        for check in log_conformance.CHECKS:
            anyio.run(check, open_log)
