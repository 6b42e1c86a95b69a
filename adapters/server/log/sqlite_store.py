"""What the SQLite log says to its database: one function a question, each for a transaction that its caller has begun.

A run's row is small, since each append writes it; what is large has tables of its own.
"""

import json
from collections.abc import Iterable, Sequence
from sqlite3 import Connection, IntegrityError

from attrs import frozen

from ...errors import LeaseLost, NumberTaken, RunExists, RunUnknown
from .contract import Status
from .news import Standing
from .stored import findable

__all__ = ["SCHEMA", "VERSION", "Row", "Stored"]

VERSION = 2
"""Of the tables, as `PRAGMA user_version`."""

SCHEMA = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    sign TEXT NOT NULL,                -- of this run alone, and not of one that had its id before
    status TEXT NOT NULL DEFAULT 'open',
    epoch INTEGER NOT NULL DEFAULT 1,
    until REAL NOT NULL,               -- when the producer's lease runs out; when the run was closed
    number INTEGER NOT NULL,           -- of the next message
    trimmed INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX runs_until ON runs (status, until);
CREATE INDEX runs_cancelled ON runs (id) WHERE cancelled = 1 AND status = 'open';
CREATE TABLE messages (
    run TEXT NOT NULL, number INTEGER NOT NULL, message TEXT NOT NULL, PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE TABLE chunks (
    run TEXT NOT NULL, place INTEGER NOT NULL, chunk TEXT NOT NULL, PRIMARY KEY (run, place)
) WITHOUT ROWID;
CREATE TABLE checkpoints (
    run TEXT PRIMARY KEY, number INTEGER NOT NULL, place INTEGER NOT NULL, state TEXT NOT NULL
);
CREATE TABLE trimmed (
    run TEXT NOT NULL, place INTEGER NOT NULL, message TEXT NOT NULL, PRIMARY KEY (run, place)
) WITHOUT ROWID;
CREATE TABLE results (run TEXT PRIMARY KEY, result TEXT);
"""

_TABLES = ("messages", "chunks", "checkpoints", "trimmed", "results")


@frozen
class Row:
    """A run's row.

    Attributes:
        status: of the run.
        epoch: the last producer's.
        until: when its lease runs out; when the run was closed, if it is.
        number: of the next message.
        trimmed: of the first message that is not trimmed.
        sign: of the run, which its cursors have.
    """

    status: Status
    epoch: int
    until: float
    number: int
    trimmed: int
    sign: str


@frozen
class Stored:
    """The tables, through one connection.

    Attributes:
        connection: in autocommit mode: whoever calls begins and commits.
    """

    connection: Connection

    def find(self, run_id: str) -> Row | None:
        """A run's row."""
        found = self.connection.execute(
            "SELECT status, epoch, until, number, trimmed, sign FROM runs WHERE id = ?", (findable(run_id),)
        ).fetchone()
        return None if found is None else Row(*found)

    def row(self, run_id: str) -> Row:
        """A run's row.

        Raises:
            RunUnknown: if there is none.
        """
        found = self.find(run_id)
        if found is None:
            raise RunUnknown(f"the log has no run {run_id!r:.80}")
        return found

    def held(self, run_id: str, epoch: int) -> Row:
        """The row of a run that a producer still has.

        Raises:
            LeaseLost: if it has not.
        """
        found = self.find(run_id)
        if found is None or found.status != "open" or found.epoch != epoch:
            how = "unknown" if found is None else f"{found.status}, of epoch {found.epoch}"
            raise LeaseLost(f"the lease of epoch {epoch} is lost: the run {run_id!r:.80} is {how}")
        return found

    def begin(self, run_id: str, sign: str, until: float, messages: Sequence[str], state: str) -> None:
        """Add a run.

        Raises:
            RunExists: if there is one.
        """
        try:
            self.connection.execute(
                "INSERT INTO runs (id, sign, until, number) VALUES (?, ?, ?, 0)", (run_id, sign, until)
            )
        except IntegrityError:
            raise RunExists(f"the log has a run {run_id!r:.80} already") from None
        self.append(run_id, 0, 0, messages)
        self.save(run_id, len(messages), 0, state)

    def append(self, run_id: str, end: int, number: int, messages: Sequence[str]) -> None:
        """Add messages, of which the log may have some.

        Args:
            run_id: the run.
            end: the number that its next message has so far.
            number: of the first of these.
            messages: in order.

        Raises:
            NumberTaken: if it has others under their numbers.
        """
        if number < end and messages:
            self.check_same(run_id, number, messages)
        fresh = messages[max(0, end - number) :]
        if fresh:
            begin = number + len(messages) - len(fresh)
            rows = [(run_id, begin + at, message) for at, message in enumerate(fresh)]
            self.connection.executemany("INSERT INTO messages VALUES (?, ?, ?)", rows)
            self.connection.execute("UPDATE runs SET number = ? WHERE id = ?", (begin + len(fresh), run_id))

    def check_same(self, run_id: str, number: int, messages: Sequence[str]) -> None:
        """Compare messages with those that the log has under their numbers; of what is trimmed it has none.

        Raises:
            NumberTaken: if one differs.
        """
        found = self.connection.execute(
            "SELECT number, message FROM messages WHERE run = ? AND number >= ? AND number < ?",
            (run_id, number, number + len(messages)),
        )
        for at, message in found:
            if messages[at - number] != message:
                raise NumberTaken(f"the run {run_id!r:.80} has another message under the number {at}")

    def save(self, run_id: str, number: int, place: int, state: str) -> None:
        """Put a checkpoint where the last one was, and drop the chunks before it."""
        self.connection.execute("REPLACE INTO checkpoints VALUES (?, ?, ?, ?)", (run_id, number, place, state))
        self.connection.execute("DELETE FROM chunks WHERE run = ? AND place < ?", (run_id, place))

    def keep(self, run_id: str, place: int, chunks: Sequence[str]) -> None:
        """Add chunks to those since the last checkpoint, but for those whose place is there or before it."""
        (saved,) = self.connection.execute("SELECT place FROM checkpoints WHERE run = ?", (run_id,)).fetchone()
        rows = [(run_id, place + at, chunk) for at, chunk in enumerate(chunks) if place + at >= saved]
        self.connection.executemany("INSERT OR IGNORE INTO chunks VALUES (?, ?, ?)", rows)

    def close(self, run_id: str, status: str, now: float, result: str | None) -> None:
        """End a run; what its producer would have gone on from is needed no more."""
        self.connection.execute("UPDATE runs SET status = ?, until = ? WHERE id = ?", (status, now, run_id))
        self.connection.execute("INSERT INTO results VALUES (?, ?)", (run_id, result))
        self._drop(run_id, ("chunks", "checkpoints"))

    def renew(self, run_id: str, epoch: int, until: float) -> bool:
        """Whether a producer has its run still, whose lease it then has until that moment."""
        changed = self.connection.execute(
            "UPDATE runs SET until = ? WHERE id = ? AND epoch = ? AND status = 'open'", (until, run_id, epoch)
        )
        return changed.rowcount == 1

    def orphans(self, now: float, limit: int) -> list[str]:
        """Open runs whose lease has run out."""
        found = self.connection.execute(
            "SELECT id FROM runs WHERE status = 'open' AND until <= ? ORDER BY until LIMIT ?", (now, limit)
        )
        return [run_id for (run_id,) in found]

    def take_over(self, run_id: str, now: float, until: float) -> int | None:
        """The epoch of the new producer of an orphan; None if it is no orphan."""
        changed = self.connection.execute(
            "UPDATE runs SET epoch = epoch + 1, until = ? WHERE id = ? AND status = 'open' AND until <= ?",
            (until, findable(run_id), now),
        )
        return self.row(run_id).epoch if changed.rowcount == 1 else None

    def restore(self, run_id: str) -> tuple[int, int, str, list[str]]:
        """The last checkpoint's number, place and state, and the chunks since."""
        number, place, state = self.connection.execute(
            "SELECT number, place, state FROM checkpoints WHERE run = ?", (run_id,)
        ).fetchone()
        chunks = self.connection.execute("SELECT chunk FROM chunks WHERE run = ? ORDER BY place", (run_id,))
        return number, place, state, [chunk for (chunk,) in chunks]

    def cancel(self, run_id: str) -> None:
        """Note that a run was asked to end."""
        self.connection.execute("UPDATE runs SET cancelled = 1 WHERE id = ?", (run_id,))

    def cancelled(self, run_ids: Iterable[str]) -> list[str]:
        """Which of these are open and were asked to end."""
        asked = self.connection.execute("SELECT id FROM runs WHERE cancelled = 1 AND status = 'open'")
        return list(set(run_ids).intersection(run_id for (run_id,) in asked))

    def messages(self, run_id: str, number: int, limit: int) -> list[tuple[int, str]]:
        """Messages from a number on."""
        return self.connection.execute(
            "SELECT number, message FROM messages WHERE run = ? AND number >= ? ORDER BY number LIMIT ?",
            (run_id, number, limit),
        ).fetchall()

    def trimmed(self, run_id: str) -> list[str]:
        """What is kept of the messages that are trimmed."""
        found = self.connection.execute("SELECT message FROM trimmed WHERE run = ? ORDER BY place", (run_id,))
        return [message for (message,) in found]

    def trim(self, run_id: str, until: int, kept: Sequence[str]) -> None:
        """Drop the messages before a number, and keep these in their place."""
        self.connection.execute("DELETE FROM messages WHERE run = ? AND number < ?", (run_id, until))
        self._drop(run_id, ("trimmed",))
        self.connection.executemany(
            "INSERT INTO trimmed VALUES (?, ?, ?)", [(run_id, at, message) for at, message in enumerate(kept)]
        )
        self.connection.execute("UPDATE runs SET trimmed = ? WHERE id = ?", (until, run_id))

    def result(self, run_id: str) -> str | None:
        """What a closed run came to."""
        found = self.connection.execute("SELECT result FROM results WHERE run = ?", (run_id,)).fetchone()
        return None if found is None else found[0]

    def forget(self, before: float, limit: int) -> int:
        """Drop all of runs that were closed by then; how many they were."""
        found = self.connection.execute(
            "SELECT id FROM runs WHERE status != 'open' AND until <= ? LIMIT ?", (before, limit)
        ).fetchall()
        for (run_id,) in found:
            self._drop(run_id, _TABLES)
            self.connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        return len(found)

    def standings(self, run_ids: Sequence[str]) -> dict[str, Standing]:
        """Status and next number of those of these runs that there are."""
        found = self.connection.execute(
            "SELECT id, status, number FROM runs WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(run_ids),)
        )
        return {run_id: (status, number) for run_id, status, number in found}

    def _drop(self, run_id: str, tables: Iterable[str]) -> None:
        for table in tables:
            self.connection.execute(f"DELETE FROM {table} WHERE run = ?", (run_id,))
