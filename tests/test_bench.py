"""The benchmark suite measures what it says: every reader is given the same stream, and reads the same in it."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parent / "bench"
sys.path.insert(0, str(BENCH))

import costs  # noqa: E402
import instructions_child  # noqa: E402
import measure  # noqa: E402
import peers  # noqa: E402
import standing  # noqa: E402
import targets  # noqa: E402
from workloads import SHORTEST, WORKLOADS, Heard, Stream, Workload  # noqa: E402

COUNTS = (SHORTEST, 100, 1_017)
every_workload = pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)


def read(module: str) -> list[peers.Peer]:
    """A module's peers."""
    pytest.importorskip("openai")
    return list(pytest.importorskip(module, exc_type=ImportError).PEERS)


@every_workload
@pytest.mark.parametrize("count", COUNTS)
def test_a_workload_has_as_many_chunks_as_are_asked_for(workload: Workload, count: int) -> None:
    stream = Stream(workload, count)
    assert len(stream.payloads) == len(stream.frames) == len(stream.chunks) == count


@every_workload
@pytest.mark.parametrize("count", COUNTS)
def test_a_workload_folds_to_what_it_says(workload: Workload, count: int) -> None:
    stream = Stream(workload, count)
    assert costs.heard(stream) == workload.says(count)
    state, _ = costs.said(stream)
    found = costs.machine_of(stream).result(state)
    assert found.outcome == "completed"
    assert found.diagnostics == ()
    assert all(call.complete for call in found.tool_calls)


@every_workload
def test_every_way_to_the_messages_is_given_the_same_chunks(workload: Workload) -> None:
    from streamfold.adapters import openai_sdk, wire

    pytest.importorskip("openai")
    stream = Stream(workload, 100)
    expected = costs.said(stream)[1]
    assert costs.said(stream, map(openai_sdk.chunk, stream.objects))[1] == expected
    assert costs.said(stream, wire.read(workload.wire, stream.pieces))[1] == expected


@every_workload
@pytest.mark.parametrize("cost", costs.COSTS)
def test_each_cost_is_of_a_whole_stream(workload: Workload, cost: str) -> None:
    if cost == "decode":
        pytest.importorskip("msgspec")
    if cost == "objects":
        pytest.importorskip("openai")
    stream = Stream(workload, SHORTEST)
    contestant = costs.contestant(cost, stream)
    state = measure.result_of(contestant.run)
    if cost in ("letta", "decode"):
        assert contestant.count >= 1
    else:
        assert costs.machine_of(stream).result(state) == costs.machine_of(stream).result(costs.said(stream)[0])


@every_workload
@pytest.mark.parametrize("module", peers.MODULES)
def test_the_peers_read_the_same_in_the_same_stream(module: str, workload: Workload) -> None:
    for peer in read(module):
        if peer.heard is None or workload.wire not in peer.wires or (peer.name, workload.name) == SLOW:
            continue
        expected = workload.says(SHORTEST)
        reads_reasoning = peer.hears_reasoning and workload.wire == "chat"
        reasoning = expected.reasoning if reads_reasoning else ""
        heard = peer.heard(measure.result_of(peer.run(Stream(workload, SHORTEST))))
        assert heard == Heard(expected.text, reasoning, expected.arguments), peer.name


SLOW = ("LangChain", "megabyte")  # half a minute: it reads all the arguments anew with each piece


@every_workload
def test_the_sdk_decodes_the_same_objects_from_the_bytes(workload: Workload) -> None:
    pytest.importorskip("openai")
    from sdk_stream import parsed, parsed_async

    stream = Stream(workload, SHORTEST)
    assert list(parsed(workload.wire, stream.pieces)) == stream.objects

    async def collect() -> list[Any]:
        return [item async for item in parsed_async(workload.wire, stream.pieces)]

    assert measure.awaited(collect()) == stream.objects


@every_workload
def test_a_long_stream_is_folded_in_blocks_to_its_end(workload: Workload) -> None:
    measured = standing.long_stream(workload, 400, 100)
    assert len(measured["blocks"]) == 4
    assert measured["ratio"] > 0


@pytest.mark.parametrize("cost", instructions_child.COSTS)
def test_the_counted_process_folds_a_part_of_a_stream(cost: str) -> None:
    if cost == "objects":
        pytest.importorskip("openai")
    command = [sys.executable, str(BENCH / "instructions_child.py"), "text", cost, "10"]
    assert subprocess.run(command, capture_output=True, check=True).stderr == b""


def test_a_spread_is_the_median_and_the_quarters() -> None:
    assert measure.spread([5.0]) == measure.Spread(5.0, 5.0, 5.0, 1)
    assert measure.spread([1.0, 2.0, 3.0, 4.0, 5.0]) == measure.Spread(3.0, 2.0, 4.0, 5)


def test_contestants_take_turns_and_are_warmed_up_first() -> None:
    turns: list[str] = []

    class Told:
        def __init__(self, name: str, seconds: float) -> None:
            self.name, self.count, self.taken = name, 10, seconds

        def seconds(self, repeats: int) -> float:
            turns.append(self.name)
            return self.taken * repeats

    measured = measure.interleave([Told("a", 2.0), Told("b", 4.0)], rounds=3, budget=60)
    assert turns == ["a", "b", *"ababab"]
    assert measured == {"a": [0.2] * 3, "b": [0.4] * 3}
    assert measure.ratios(measured["b"], measured["a"]) == [2.0] * 3


def test_one_stream_that_takes_long_is_measured_once() -> None:
    class Slow:
        name, count, asked = "slow", 1, 0

        def seconds(self, repeats: int) -> float:
            self.asked += 1
            return measure.SLOW + 1

    slow = Slow()
    assert measure.interleave([slow], rounds=9, budget=60) == {"slow": [measure.SLOW + 1]}
    assert slow.asked == 1


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(signal, "SIGVTALRM"):
        pytest.skip("no such timer here")
    monkeypatch.setattr(measure, "LIMIT", 0.01)

    def forever() -> None:
        while True:
            pass

    with pytest.raises(measure.TooLong):
        measure.interleave([measure.Timed("forever", 1, forever)], rounds=1, budget=1)


def nothing_measured() -> dict[str, Any]:
    return {"costs": [], "peers": [], "long": [], "snapshots": [], "imports": {}}


def test_a_target_is_met_by_each_case_or_not() -> None:
    peer = {"peer": targets.LETTA, "against": "step", "rounds": [], "ours": [], "count": 100}
    found = [peer | {"workload": "text", "ratios": [2.9, 3.1, 3.2]}, peer | {"workload": "calls", "ratios": [4.0]}]
    by_target = {one.target: one.rows for one in targets.verdicts(nothing_measured() | {"peers": found})}
    assert [[(row.case, row.met) for row in rows] for rows in by_target.values()] == [
        [("text, 100", True)],
        [("calls, 100", False)],
    ]


def test_a_driver_is_judged_by_what_it_adds_to_step() -> None:
    case = {"workload": "text", "count": 100}
    found = [case | {"cost": "step", "rounds": [2.0, 2.0]}, case | {"cost": "drive", "rounds": [3.0, 5.0]}]
    (verdict,) = targets.verdicts(nothing_measured() | {"costs": found})
    assert verdict.rows[0].measured.median == 1.0
    assert verdict.rows[0].met


def run(*arguments: str) -> str:
    command = [sys.executable, str(BENCH), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout


def test_the_command_prints_its_tables(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    told = run("--quick", "--no-peers", "--workload", "text", "--chunks", str(SHORTEST), "--json", str(file))
    for title in ("Our own paths", "The drivers' loops", "A chunk's cost", "Memory", "Snapshots", "Imports", "Targets"):
        assert title in told
    results = json.loads(file.read_text("utf-8"))
    assert {one["count"] for one in results["costs"]} == {SHORTEST}
    assert results["peers"] == []


def test_the_command_measures_only_what_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    run("--quick", "--no-peers", "--workload", "text", "calls", "--cost", "step", "--json", str(file))
    results = json.loads(file.read_text("utf-8"))
    assert {(one["workload"], one["cost"]) for one in results["costs"]} == {("text", "step"), ("calls", "step")}
    assert not results["memory"]
    assert not results["imports"]


def test_the_plots_are_drawn_from_the_results(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "results.json"
    run("--quick", "--no-peers", "--workload", "text", "--chunks", str(SHORTEST), "--json", str(file))
    subprocess.run([sys.executable, str(BENCH / "plots.py"), str(file), str(tmp_path)], check=True)
    assert {path.name for path in tmp_path.glob("*.svg")} == {"throughput.svg", "length.svg", "memory.svg"}


def test_a_stream_too_short_to_be_one_is_refused() -> None:
    with pytest.raises(subprocess.CalledProcessError) as raised:
        run("--chunks", str(SHORTEST - 1))
    assert "too few" in raised.value.stderr
