"""What is in the tables of a SQLite log, and what is left in them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamfold.adapters.errors import LeaseLost
from streamfold.adapters.server.log.sqlite_store import Row, Stored
from streamfold.adapters.server.log.transactions import connect


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Stored]:
    connection = connect(tmp_path / "runs.db", 0.0)
    yield Stored(connection)
    connection.close()


def rows_of(stored: Stored) -> dict[str, int]:
    """How many rows each table has."""
    tables = stored.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return {
        name: stored.connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for (name,) in tables
        if not name.startswith("sqlite")
    }


def test_a_checkpoint_takes_the_place_of_the_chunks(stored: Stored) -> None:
    stored.begin("run", "sign", 5.0, ["m0"], "s0")
    stored.keep("run", 0, ["c1", "c2"])
    stored.keep("run", 1, ["c2", "c3"])
    assert stored.restore("run") == (1, 0, "s0", ["c1", "c2", "c3"])
    stored.save("run", 4, 3, "s3")
    assert stored.restore("run") == (4, 3, "s3", [])
    stored.keep("run", 2, ["c3", "c4"])
    assert stored.restore("run") == (4, 3, "s3", ["c4"])


def test_a_closed_run_keeps_its_messages_and_its_result_only(stored: Stored) -> None:
    stored.begin("run", "sign", 5.0, ["m0", "m1"], "s0")
    stored.keep("run", 0, ["c1"])
    stored.close("run", "completed", 7.0, "result")
    assert stored.row("run") == Row("completed", 1, 7.0, 2, 0, "sign")
    assert rows_of(stored) == {"runs": 1, "messages": 2, "chunks": 0, "checkpoints": 0, "trimmed": 0, "results": 1}


def test_nothing_is_left_of_a_forgotten_run(stored: Stored) -> None:
    stored.begin("run", "sign", 5.0, ["m0", "m1"], "s0")
    stored.trim("run", 1, ["m0"])
    stored.close("run", "completed", 7.0, "result")
    assert stored.forget(6.9, 10) == 0
    assert stored.forget(7.0, 0) == 0
    assert stored.forget(7.0, 10) == 1
    assert set(rows_of(stored).values()) == {0}


def test_orphans_come_in_the_order_of_their_leases(stored: Stored) -> None:
    for at, until in enumerate((3.0, 1.0, 2.0, 9.0)):
        stored.begin(f"run-{at}", "sign", until, (), "s0")
    stored.close("run-2", "failed", 2.0, None)
    assert stored.orphans(3.0, 10) == ["run-1", "run-0"]
    assert stored.orphans(3.0, 1) == ["run-1"]


def test_a_lost_lease_says_why(stored: Stored) -> None:
    with pytest.raises(LeaseLost, match="the run 'run' is unknown"):
        stored.held("run", 1)
    stored.begin("run", "sign", 1.0, (), "s0")
    assert stored.take_over("run", 2.0, 3.0) == 2
    with pytest.raises(LeaseLost, match="the lease of epoch 1 is lost: the run 'run' is open, of epoch 2"):
        stored.held("run", 1)


def test_standings_are_of_the_runs_that_there_are(stored: Stored) -> None:
    stored.begin("run", "sign", 1.0, ["m0"], "s0")
    assert stored.standings(["run", "none"]) == {"run": ("open", 1)}
