"""The benchmark suite measures what it says: every reader is given the same stream, and reads the same in it."""

import gc
import json
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench"
sys.path.insert(0, str(BENCH))

import costs  # noqa: E402
import folding  # noqa: E402
import instructions  # noqa: E402
import instructions_child  # noqa: E402
import measure  # noqa: E402
import peers  # noqa: E402
import standing  # noqa: E402
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
    needs = {"decode": "msgspec", "objects": "openai"} | dict.fromkeys(costs.BEHIND_THE_CLIENT, "openai")
    pytest.importorskip(needs.get(cost, "attrs"))
    stream = Stream(workload, SHORTEST)
    contestant = costs.contestant(cost, stream)
    found = measure.result_of(contestant.run)
    assert contestant.count == (len(costs.said(stream)[1]) if cost == "letta" else SHORTEST)
    if cost in ("sdk-loop", "sdk-sync-loop"):
        assert found == SHORTEST
    elif cost == "socket":
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


@pytest.mark.deep
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
    measured = standing.long_stream(named(["calls"])[0], 400, 100, (SHORTEST, 100))
    assert len(measured["blocks"]) == len(measured["fresh"]) == len(measured["short"][f"{SHORTEST}"]) == 4
    assert len(measured["short"]) == 1
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


def test_what_is_opened_for_a_contestant_is_not_timed() -> None:
    async def opened() -> list[int]:
        begun = time.thread_time()
        while time.thread_time() - begun < 0.05:
            pass
        return [1, 2]

    async def read(items: list[int]) -> int:
        return len(items)

    contestant = measure.Prepared("a", 2, opened, read)
    assert measure.result_of(contestant.run) == 2
    assert 0 < contestant.seconds(2) < 0.05


@every_workload
def test_bytes_fold_alike_with_and_without_the_quick_way(workload: Workload, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(workload, SHORTEST)
    ways = [folding.folded(costs.machine_of(stream), costs.config_of(stream), workload.wire, stream.pieces)]
    monkeypatch.setattr(folding, "streamfold", object())
    ways.append(folding.folded(costs.machine_of(stream), costs.config_of(stream), workload.wire, stream.pieces))
    results = list(map(costs.machine_of(stream).result, [*ways, costs.said(stream)[0]]))
    assert ways[0] == ways[1]
    assert results[0] == results[2]


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


@pytest.mark.deep
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
