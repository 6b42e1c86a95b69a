"""The benchmark suite measures what it says: every reader is given the same stream, and reads the same in it."""

import gc
import json
import runpy
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench"
DOCS = BENCH.parents[1] / "docs"
sys.path.insert(0, str(BENCH))

import capacity  # noqa: E402
import costs  # noqa: E402
import instructions  # noqa: E402
import instructions_child  # noqa: E402
import measure  # noqa: E402
import page  # noqa: E402
import peers  # noqa: E402
import report  # noqa: E402
import standing  # noqa: E402
import suite  # noqa: E402
import targets  # noqa: E402
from peers import letta_peer  # noqa: E402
from workloads import LANES, MEGABYTE, SHORTEST, WORKLOADS, Heard, Stream, Workload, named  # noqa: E402

COUNTS = (SHORTEST, 100, 1_017)
every_workload = pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    """As tests/conftest.py has it: the suite gives back to the garbage collector what it kept from it."""
    yield
    gc.freeze()


def stream_of(name: str, count: int) -> Stream:
    return Stream(named([name])[0], count)


# The streams


@every_workload
@pytest.mark.parametrize("count", COUNTS)
def test_a_workload_has_its_count_and_folds_to_what_it_says(workload: Workload, count: int) -> None:
    stream = Stream(workload, count)
    assert len(stream.payloads) == len(stream.frames) == len(stream.chunks) == count
    assert costs.heard(stream) == workload.says(count)
    state, _ = costs.said(stream)
    found = costs.machine_of(stream).result(state)
    assert found.outcome == "completed"
    assert {note.kind for note in found.diagnostics} <= {"kept"}
    assert all(call.complete for call in found.tool_calls)


def test_the_workloads_are_of_the_shapes_that_their_titles_claim() -> None:
    reasoning = stream_of("reasoning", 1_000).workload.says(1_000)
    assert len(reasoning.reasoning) > 5 * len(reasoning.text) > 0
    deltas = [payload["choices"][0]["delta"] for payload in stream_of("calls", 200).payloads[:-2]]
    assert [delta["tool_calls"][0]["index"] for delta in deltas] == [at % LANES for at in range(198)]
    for count in COUNTS:
        assert [len(one) for one in stream_of("megabyte", count).workload.says(count).arguments] == [MEGABYTE]
    thoughts = stream_of("thoughts", 500).workload.says(500)
    assert "\\n" in thoughts.arguments[0]
    assert "\n" in thoughts.reasoning
    kinds = {payload["type"] for payload in stream_of("responses", 100).payloads}
    assert {"response.web_search_call.searching", "response.output_text.delta", "response.completed"} <= kinds
    assert stream_of("calls", 100).digest == stream_of("calls", 100).digest != stream_of("calls", 101).digest


@every_workload
def test_every_way_to_the_messages_is_given_the_same_chunks(workload: Workload) -> None:
    from streamfold.adapters import wire
    from streamfold.adapters.openai_sdk import chunks as openai_sdk

    pytest.importorskip("openai")
    stream = Stream(workload, SHORTEST)
    expected = costs.said(stream)[1]
    assert costs.said(stream, map(openai_sdk.chunk, stream.objects))[1] == expected
    assert costs.said(stream, wire.read(workload.wire, stream.pieces))[1] == expected


@every_workload
@pytest.mark.parametrize("cost", costs.COSTS)
def test_each_cost_is_of_a_whole_stream(workload: Workload, cost: str) -> None:
    needs = {"decode": "msgspec", "objects": "openai", "client": "openai"}
    pytest.importorskip(needs.get(cost, "attrs"))
    stream = Stream(workload, SHORTEST)
    contestant = costs.contestant(cost, stream)
    found = measure.result_of(contestant.run)
    assert contestant.count == (len(costs.said(stream)[1]) if cost == "letta" else SHORTEST)
    if cost == "socket":
        assert found == sum(map(len, stream.pieces))
    elif cost == "least":
        state, messages = costs.said(stream)
        assert found == (state, messages[:1])
    elif cost not in ("letta", "decode"):
        assert costs.machine_of(stream).result(found) == costs.machine_of(stream).result(costs.said(stream)[0])


@pytest.mark.parametrize("module", peers.MODULES)
def test_the_peers_read_the_same_in_the_same_stream(module: str) -> None:
    pytest.importorskip("openai")
    for peer in pytest.importorskip(module, exc_type=ImportError).PEERS:
        for workload in WORKLOADS:
            if peer.heard is None or workload.wire not in peer.wires or (peer.name, workload.name) == SLOW:
                continue
            expected = workload.says(SHORTEST)
            reads_reasoning = peer.hears_reasoning and workload.wire == "chat"
            reasoning = expected.reasoning if reads_reasoning else ""
            heard = peer.heard(measure.result_of(peer.run(Stream(workload, SHORTEST))))
            assert heard == Heard(expected.text, reasoning, expected.arguments), (peer.name, workload.name)


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


def test_lettas_interface_reads_the_same_where_its_environment_is_made() -> None:
    python = Path("~/.cache/streamfold-bench").expanduser() / letta_peer.LETTA.replace("==", "-") / "bin" / "python"
    if not python.exists():
        pytest.skip("its environment is made by `python tests/bench`")
    with letta_peer.Letta(python) as letta:
        for workload in WORKLOADS:
            heard, expected = letta.heard(Stream(workload, SHORTEST)), workload.says(SHORTEST)
            assert heard.text == expected.text
            if workload.wire == "chat":
                assert heard.arguments == expected.arguments


def test_a_long_stream_is_folded_in_blocks_to_its_end() -> None:
    measured = standing.long_stream(named(["calls"])[0], 400, 100)
    assert len(measured["blocks"]) == 4
    assert measured["ratio"] > 0


def test_memory_is_of_the_state_and_grows_with_what_it_holds() -> None:
    short, long = (standing.memory(named(["text"])[0], count) for count in (100, 1_000))
    assert 1_000 < short["kept"] < long["kept"] < long["peak"]
    idle = standing.idle(20)
    assert 0 < idle["state"] < idle["driven"] < 100_000


@pytest.mark.parametrize("cost", instructions_child.COSTS)
def test_the_counted_process_folds_a_part_of_a_stream(cost: str) -> None:
    if cost == "objects":
        pytest.importorskip("openai")
    instructions_child.main("text", cost, "10")


def test_instructions_are_those_between_few_chunks_and_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instructions, "find_counter", lambda: lambda child: 5_000 + 7 * int(child[-1]))
    (found,) = instructions.count(tuple(named(["text"])), ("step",), lambda _: None)
    assert (found["workload"], found["cost"], found["instructions"]) == ("text", "step", 7.0)


def test_a_spread_is_the_median_and_the_quarters() -> None:
    assert measure.spread([5.0]) == measure.Spread(5.0, 5.0, 5.0, 1)
    assert measure.spread([1.0, 2.0, 3.0, 4.0, 5.0]) == measure.Spread(3.0, 2.0, 4.0, 5)


class Told:
    """A contestant that takes what it is told to."""

    def __init__(self, name: str, seconds: float, count: int = 10) -> None:
        self.name, self.count, self.taken = name, count, seconds
        self.turns: list[str] = []

    def seconds(self, repeats: int) -> float:
        self.turns.append(self.name)
        return self.taken * repeats


def test_contestants_take_turns_and_are_warmed_up_first() -> None:
    one, other = Told("a", 2.0), Told("b", 4.0)
    other.turns = one.turns
    measured = measure.interleave([one, other], rounds=3, budget=60)
    assert one.turns == ["a", "b", *"ababab"]
    assert measured == {"a": [0.2] * 3, "b": [0.4] * 3}
    assert measure.ratios(measured["b"], measured["a"]) == [2.0] * 3
    slow = Told("slow", measure.SLOW + 1, 1)  # once is enough
    assert measure.interleave([slow], rounds=9, budget=60) == {"slow": [measure.SLOW + 1]}
    assert slow.turns == ["slow"]


FOREVER = """
import gc, sys
import measure

def forever():
    gc.callbacks.append(lambda *_: sum(range(3_000_000)))  # what is raised in there is lost
    gc.collect()
    while True:
        pass

measure.LIMIT = 0.02
try:
    measure.interleave([measure.Timed("forever", 1, forever)], rounds=1, budget=1)
except measure.TooLong:
    sys.exit("given up")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGVTALRM"), reason="no such timer here")
def test_what_takes_too_long_is_given_up() -> None:
    """In a process of its own: a test may not hang, whatever becomes of the signal."""
    ran = subprocess.run([sys.executable, "-c", FOREVER], cwd=BENCH, capture_output=True, text=True, timeout=60)
    assert ran.stderr.endswith("given up\n")


# What is said of it


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
            | {"blocks": [2e-6] * 100, "passes": [[2e-6] * 100] * 3}
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


WHO = ("streamfold", "openai SDK, accumulate", letta_peer.NAMES["objects"])
AGAINST = [(targets.LETTA, "step"), (targets.LETTA, "objects"), (targets.ACCUMULATE, "step")]


def answers(results: dict[str, Any]) -> dict[str, targets.Verdict]:
    return {one.target.partition(":")[0]: one for one in targets.verdicts(results)}


def test_a_target_is_met_by_each_case_or_not() -> None:
    results = made()
    results["peers"].append(results["peers"][0] | {"workload": "calls", "ratios": [2.9, 2.8]})
    found = answers(results)
    step = found["step on ready chunks"]
    assert [(row.case, row.met) for row in step.rows] == [("calls, 10,000", False), ("text, 10,000", True)]
    assert (step.met, step.answer) == (1, "in part")
    assert found["… of 8 interleaved tool calls"].answer == "no"
    assert [found[name].answer for name in ("step", "SDK object → messages")] == ["no", "yes"]
    assert found["bytes → messages"].rows[0].measured.median == 1.0
    assert found["a chunk in a stream of a million"].rows[0].measured.median == 1.1
    driver = found["the asynchronous driver's loop"]  # 4 µs of which 2 are step's
    assert (driver.rows[0].measured.median, driver.answer, driver.reached) == (1.0, "yes", 0)
    snapshots = found["a snapshot of 100,000 tokens"].rows
    assert [(row.measured.median, row.met) for row in snapshots] == [(20.0, False), (2.0, True)]
    assert found["the import of streamfold.reducer.chat"].answer == "yes"


def test_short_runs_do_not_count_for_targets_of_long_ones() -> None:
    results = made()
    results["long"][0]["count"] = results["snapshots"][0]["count"] = 10_000
    assert not {"a chunk in a stream of a million", "a snapshot of 100,000 tokens"} & answers(results).keys()


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
    for name in ("Our own paths", "drivers' loops", "Others on", "long stream", "Snapshots", "Instructions", "Targets"):
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
        "| plain text | 4.00 | 4.00 | 10.00 | 2.00 | 4.00 | 4.00 | 0.5 × | 0.5 × | 0.8 × |",
    ):
        assert line in told
    assert (tmp_path / "snapshots.md").read_text("utf-8").count("| plain text |") == 1
    assert page.filled(told, made()) == told


def test_every_part_has_its_place_in_a_page() -> None:
    marked = [name for file in page.PAGES for _, name, _ in page.PART.findall((DOCS / file).read_text("utf-8"))]
    assert sorted(marked) == sorted(page.PARTS)


def test_the_plots_are_drawn_from_the_results(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    import plots

    plots.draw(made(), tmp_path)
    assert {path.name for path in tmp_path.glob("*.svg")} == {f"{name}.svg" for name in plots.PLOTS}
    assert "plain text" in (tmp_path / "memory.svg").read_text("utf-8")


# The command

run = runpy.run_path(str(BENCH / "__main__.py"))["main"]
QUICK = ("--quick", "--no-peers", "--workload", "text", "--chunks", str(SHORTEST))


@pytest.mark.deep
def test_the_command_measures_all_and_prints_its_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "results.json"
    run([*QUICK, "--rounds", "1", "--json", str(file)])
    told = capsys.readouterr().out
    for title in ("Our own paths", "The drivers' loops", "A chunk's cost", "Memory", "Snapshots", "Imports", "Targets"):
        assert title in told
    results = json.loads(file.read_text("utf-8"))
    assert ({one["count"] for one in results["costs"]}, results["peers"]) == ({SHORTEST}, [])
    run(["--show", str(file)])
    assert capsys.readouterr().out == told


def test_the_command_measures_only_what_is_asked_for_and_adds_it(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    run([*QUICK, "--cost", "step", "--json", str(file)])
    results = json.loads(file.read_text("utf-8"))
    assert {(one["workload"], one["cost"]) for one in results["costs"]} == {("text", "step")}
    assert not results["memory"] + list(results["imports"])
    run([*QUICK, "--only", "memory", "--json", str(file), "--add"])
    added = json.loads(file.read_text("utf-8"))
    assert added["costs"] == results["costs"]
    assert added["memory"]


def test_a_stream_too_short_to_be_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["--chunks", str(SHORTEST - 1)])
    assert "too few" in capsys.readouterr().err
