"""What the benchmark suite says of its results: targets, hosts, tables, pages, plots."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench"
DOCS = BENCH.parents[1] / "docs"
sys.path.insert(0, str(BENCH))

import capacity  # noqa: E402
import costs  # noqa: E402
import live  # noqa: E402
import page  # noqa: E402
import report  # noqa: E402
import suite  # noqa: E402
import targets  # noqa: E402
from peers import letta_peer  # noqa: E402


def made() -> dict[str, Any]:
    """Results such as a run leaves, with easy numbers: step takes 2 µs, the socket 10, everything else 4."""
    text, taken = {"workload": "text", "count": 10_000}, {"step": 2e-6, "socket": 1e-5}
    sizes = {"bytes_in": 300.0, "bytes_out": 200.0, "messages": 1.0}
    peer = {"rounds": [8e-6] * 3, "ours": [2e-6] * 3, "ratios": [4.0, 4.0, 5.0]}
    kept = [text | {"count": count, "who": who, "kept": count * 8} for count in (1_000, 10_000) for who in WHO]
    return {
        "environment": {"Python": "CPython 3"},
        "costs": [text | sizes | {"cost": cost, "rounds": [taken.get(cost, 4e-6)] * 3} for cost in costs.COSTS],
        "peers": [text | peer | {"peer": name, "against": against} for name, against in AGAINST],
        "long": [
            {"workload": "text", "count": 1_000_000, "block": 10_000, "ratios": [1.1, 1.3, 1.1], "fresh": [2e-6]}
            | {"short": {"100": [3e-6], "1000": [2.5e-6]}}
            | {"blocks": [2e-6] * 100, "passes": [[2e-6] * 100] * 3}
        ],
        "live": [
            {"workload": "text", "count": 2_000, "who": who, "rounds": [seconds] * 3, "gives": 1.0}
            for who, seconds in ((live.DRIVE, 1e-5), (live.LOOP, 7e-5), ("pydantic-ai", 1e-4))
        ],
        "crowd": [
            {"workload": "text", "count": 50, "many": 2_000, "who": live.DRIVE, "rate": None, "held": 2_048},
            *(crowded(who, rate) for who in (live.DRIVE, live.ALONE) for rate in (5.0, 0.0)),
        ],
        "log": [
            logged(live.DRIVE, {}),
            *(one for store in ("SQLite", "Redis") for one in in_a_log({"store": store})),
        ],
        "memory": [one | ({"peak": 9} if one["who"] == "streamfold" else {}) for one in kept],
        "idle": {"state": 1_024, "driven": 9_216},
        "snapshots": [text | {"count": 100_000, "bytes": 5, "dump": [0.002] * 3, "load": [0.02] * 3}],
        "first_snapshot": [0.02],
        "imports": {"streamfold.reducer": [0.03], "streamfold.reducer.chat": [0.05], "attrs": [0.02]},
        "instructions": [{"workload": "text", "cost": "step", "count": 700, "instructions": 12345.6}],
        "seconds": {"own": 60.0, "peers": 30.0},
        "skipped": ["left out: somebody"],
    }


def crowded(who: str, rate: float) -> dict[str, Any]:
    """Two thousand streams that took two seconds, half of these of the processor."""
    times = {"p50": 0.001, "p99": 0.002, "p999": 0.003}
    figures = {"chunks": 100_000, "seconds": 2.0, "cpu": 1.0, "added": times, "late": times}
    return {"workload": "text", "count": 50, "many": 2_000, "who": who, "rate": rate, **figures}


def logged(who: str, store: dict[str, Any]) -> dict[str, Any]:
    """A hundred runs that took one second of the processor."""
    times = {"p50": 0.001, "p99": 0.002, "p999": 0.003}
    return {"workload": "text", "many": 100, "who": who, **store, "cpu": 1.0, "messages": 4_000, "added": times}


def in_a_log(store: dict[str, Any]) -> list[dict[str, Any]]:
    """What was measured of a store."""
    batches = [{"who": f"batches of {size}", **store, "batch": size, "rounds": [2e-4 / size] * 3} for size in (1, 10)]
    return [*batches, logged(live.LOGGED, store), logged(live.HEARD, store)]


WHO = ("streamfold", "openai SDK, accumulate", letta_peer.NAMES["objects"])
AGAINST = [(targets.LETTA, "step"), (targets.LETTA, "objects"), (targets.ACCUMULATE, "step")]


def answers(results: dict[str, Any]) -> dict[str, targets.Verdict]:
    return {one.target: one for one in targets.verdicts(results)}


def answer(results: dict[str, Any], words: str) -> targets.Verdict:
    """The one target that says these words."""
    (found,) = (verdict for target, verdict in answers(results).items() if words in target)
    return found


def test_a_target_is_met_by_each_case_or_not() -> None:
    results = made()
    results["peers"].append(results["peers"][0] | {"workload": "calls", "ratios": [3.4, 3.3]})
    step = answer(results, "takes ≥ 3.5 times")
    assert [(row.case, row.met) for row in step.rows] == [("calls, 10,000", False), ("text, 10,000", True)]
    assert (step.met, step.answer) == (1, "in part")
    assert answer(results, "accumulators").answer == "no"
    assert answer(results, "SDK object → messages").answer == "yes"
    decoded = answer(results, "bytes → messages, of text")
    assert (decoded.rows[0].measured.median, decoded.answer) == (1.0, "yes")
    assert answer(results, "a stream of a million").rows[0].measured.median == 1.1
    driver = answer(results, "the asynchronous driver's loop")  # 4 µs of which 2 are step's
    assert (driver.rows[0].measured.median, driver.answer, driver.reached) == (1.0, "yes", 0)
    snapshots = answer(results, "a snapshot of 100,000 tokens").rows
    assert [(row.measured.median, row.met) for row in snapshots] == [(20.0, False), (2.0, True)]
    assert answer(results, "the import").rows[0].measured.median == 2.5
    assert answer(results, "the import").answer == "no"
    assert answer(results, "the openai client's stream").answer == "no"  # both take 4 µs
    loopback = answer(results, "over loop-back")
    assert (loopback.rows[0].measured.median, loopback.answer) == (pytest.approx(7.0), "yes")


def test_short_streams_have_a_target_of_their_own() -> None:
    results = made()
    results["peers"][0]["count"] = 100
    assert answer(results, "of 100 chunks").answer == "yes"
    assert not [target for target in answers(results) if "3.5 times" in target]
    results["peers"][0] |= {"count": 100, "ratios": [1.9]}
    assert answer(results, "of 100 chunks").answer == "no"


def test_short_runs_do_not_count_for_targets_of_long_ones() -> None:
    results = made()
    results["long"][0]["count"] = results["snapshots"][0]["count"] = 10_000
    assert not [target for target in answers(results) if "a million" in target or "100,000 tokens" in target]


def test_cores_and_hosts_follow_from_what_was_measured() -> None:
    results, assumed = made(), capacity.Assumed(cores=10, ram=10 * capacity.GIB, process=0, network=1e9, used=0.5)
    taken = capacity.seconds(results, "server, sockets", "text")
    assert taken == pytest.approx(14e-6)
    each = capacity.per_stream(results, "text", assumed)
    assert each == 9_216 - 1_024 + 80_000 + assumed.connections
    assert capacity.bytes_each_way(results, "text") == 300.0
    found = capacity.need(1_000, 1e-5, 2**20, 1_000, assumed)
    assert (found.chunks, found.cores) == (50_000, 1)  # half a core's work, at half its time
    assert (found.memory, found.bits) == (1_000 * 2**20, 4e8)
    many = capacity.need(1_000_000, 1e-5, 2**20, 1_000, assumed)
    assert many.cores == 1_000
    assert (many.by_memory, many.by_network) == (196, 800)
    assert (many.hosts, many.scarcest) == (800, "network")
    assert capacity.streams_per_core(1e-5, assumed) == pytest.approx(1_000)
    less = capacity.need(1_000_000, 1e-5, 2**20, 1_000, replace(assumed, rate=5))
    assert (less.cores, less.scarcest) == (100, "memory")


def test_a_part_that_is_measured_again_takes_the_old_ones_place() -> None:
    old = made()
    new = {"costs": [old["costs"][0] | {"rounds": [1.0]}], "skipped": ["left out: somebody"], "seconds": {"own": 5.0}}
    found = suite.merged(old, new)
    assert found["costs"] == [new["costs"][0], *old["costs"][1:]]
    assert found["peers"] == old["peers"]
    assert found["seconds"] == {"own": 5.0, "peers": 30.0}
    assert found["skipped"] == old["skipped"]
    assert suite.merged({}, old) == old


def test_the_report_shows_every_table(capsys: pytest.CaptureFixture[str]) -> None:
    report.show(made())
    told = capsys.readouterr().out
    for name in ("Our own paths", "drivers' loops", "Others on", "a long one", "Snapshots", "Instructions", "Targets"):
        assert name in told
    for name in ("a bare decode", "a bare loop over it", "over loop-back", "2,000 streams of plain text"):
        assert name in told
    assert "12,346" in told
    assert "left out: somebody" in told
    report.show({"environment": {}, "instructions": made()["instructions"]})


def test_the_pages_are_filled_from_the_results(tmp_path: Path) -> None:
    for name in page.PAGES:
        shutil.copy(DOCS / name, tmp_path)
    file = tmp_path / "results.json"
    file.write_text(json.dumps(made()), "utf-8")
    page.main([str(file), "--write", "--folder", str(tmp_path)])
    told = (tmp_path / "capacity.md").read_text("utf-8")
    for line in (
        "| plain text | 500,000 | 250,000 | 250,000 | 250,000 | 250,000 |",  # chunks a second and core
        "| plain text | 14.0 | 71,429 | 1,000 | 1 | 1,000 | 100,000 |",  # cores
        "cores            50,000,000 × 14.0 µs / 0.7 = 1,000",
        "| plain text | 10,000 | 4.00 [4.00–4.00] | 1.00 [1.00–1.00] | 1.00 [1.00–1.00] | 1.00 [1.00–1.00] |",  # decode
        "one core drives 100,000 chunks of plain text a second to typed messages; a bare loop",
        "half of the messages are out 1.0 ms after their piece has come, 99% after 2.0 ms",
        "| streamfold, drive | 100,000 |",  # live
        "| pydantic-ai | 10,000 (10.0 ×) |",
        "| as fast as they can: chunks a second of CPU | 100,000 | 100,000 |",  # crowd
        "| at 5 chunks a second each: µs of CPU a chunk | 10.0 | 10.0 |",
        "| from a piece to its message, ms: median / p99 / p99.9 | 1.000 / 2.000 / 3.000 | 1.000 / 2.000 / 3.000 |",
        "| memory of one, after 48 chunks, KiB | 2.0 |  |",
        "| appended in batches of 10: µs a message |  | 20.0 | 20.0 |",  # log
        "| through the log of runs, and heard: µs of CPU a message | 250.0 | 250.0 | 250.0 |",
        "| plain text | 1,000,000 | 3.00 [3.00–3.00] | 2.50 [2.50–2.50] | 2.00 [2.00–2.00] | 2.00 [2.00–2.00] |",
        "| plain text | 4.00 | 4.00 | 10.00 | 2.00 | 4.00 | 4.00 | 0.5 × | 0.5 × | 0.8 × |",
    ):
        assert line in told
    assert (tmp_path / "snapshots.md").read_text("utf-8").count("| plain text |") == 1
    assert page.filled(told, made()) == told


def test_only_the_parts_that_are_named_are_written(tmp_path: Path) -> None:
    for name in page.PAGES:
        shutil.copy(DOCS / name, tmp_path)
    file = tmp_path / "results.json"
    file.write_text(json.dumps(made()), "utf-8")
    page.main([str(file), "--write", "--folder", str(tmp_path), "--part", "live"])
    before, told = ((folder / "capacity.md").read_text("utf-8") for folder in (DOCS, tmp_path))
    assert [name for name, text in parts_of(told).items() if text != parts_of(before)[name]] == ["live"]
    assert not list(tmp_path.glob("images/*"))


def test_a_part_that_was_not_measured_stays_as_it_is() -> None:
    told = page.filled((DOCS / "capacity.md").read_text("utf-8"), made())
    again = page.filled(told, made() | {"instructions": []})
    assert again == told
    assert "| plain text | 12,346 |" in again


def parts_of(text: str) -> dict[str, str]:
    return {found[2]: found[0] for found in page.PART.finditer(text)}


def test_every_part_has_its_place_in_a_page() -> None:
    marked = [name for file in page.PAGES for _, name, _ in page.PART.findall((DOCS / file).read_text("utf-8"))]
    assert sorted(marked) == sorted(page.PARTS)


def test_the_plots_are_drawn_from_the_results(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    import plots

    plots.draw(made(), tmp_path)
    assert {path.name for path in tmp_path.glob("*.svg")} == {f"{name}.svg" for name in plots.PLOTS}
    assert "plain text" in (tmp_path / "memory.svg").read_text("utf-8")
