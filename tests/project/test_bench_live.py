"""What the benchmark suite measures of open streams: everybody over loop-back, and many at once."""

import gc
import json
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench"
sys.path.insert(0, str(BENCH))

import costs  # noqa: E402
import live  # noqa: E402
import peers  # noqa: E402
from live import crowd, loopback, run_log, stores  # noqa: E402
from workloads import SHORTEST, Stream, named  # noqa: E402


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    """As tests/conftest.py has it: the suite gives back to the garbage collector what it kept from it."""
    yield
    gc.freeze()


@pytest.mark.parametrize("name", ["text", "thoughts", "responses"])
def test_everybody_reads_a_whole_stream_over_loopback(name: str) -> None:
    pytest.importorskip("openai")
    stream = Stream(named([name])[0], SHORTEST)
    others, _ = peers.installed()
    found = {one["who"]: one for one in loopback.measured(stream, others, 1, 0.1)}
    assert {live.DRIVE, live.OBJECTS, live.LOOP, live.BYTES} <= found.keys()
    given = {peer.name for peer in others if peer.live is not None and stream.workload.wire in peer.wires}
    assert given <= found.keys()
    messages = len(costs.said(stream)[1])
    for who in (live.DRIVE, live.OBJECTS):
        assert found[who]["gives"] == messages / SHORTEST
    assert found[live.LOOP]["gives"] == 1
    for one in found.values():
        assert one["gives"] > 0
        assert min(one["rounds"]) > 0


def test_the_provider_ends_with_its_input() -> None:
    with loopback.Provider(Stream(named(["text"])[0], SHORTEST)) as provider:
        assert provider.url.startswith("http://127.0.0.1:")
    command = [sys.executable, "-m", "live.server", "text", str(SHORTEST)]
    ran = subprocess.run(command, cwd=BENCH, input=b"", capture_output=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.parametrize("rate", [0.0, 500.0])
def test_a_crowd_reads_all_of_its_streams_and_times_every_message(rate: float) -> None:
    stream = Stream(named(["text"])[0], SHORTEST)
    driven, alone = crowd.crowd(stream, 5, rate)
    assert [driven["who"], alone["who"]] == [live.DRIVE, live.ALONE]
    for one in (driven, alone):
        assert one["chunks"] == 5 * SHORTEST
        assert 0 < one["added"]["p50"] <= one["added"]["p99"] <= one["added"]["p999"] < one["seconds"]
        assert one["late"]["p50"] >= one["added"]["p50"]
    if rate:
        assert driven["seconds"] > SHORTEST / rate * 0.9
    assert alone["added"]["p50"] < driven["added"]["p50"]


each_store = pytest.mark.parametrize("store", stores.there())


@pytest.mark.deep
@each_store
def test_the_log_of_runs_is_told_every_message_and_its_listeners_hear(store: str) -> None:
    stream = Stream(named(["text"])[0], SHORTEST)
    driven = run_log.driven(stream, 5, 500.0)
    logged, heard = run_log.runs(stream, store, 5, 500.0)
    assert [one["who"] for one in (driven, logged, heard)] == [live.DRIVE, live.LOGGED, live.HEARD]
    for one in (driven, logged, heard):
        assert one["messages"] == 5 * len(crowd.pieces_of_messages(stream))
        assert one["cpu"] > 0
        assert one["seconds"] > SHORTEST / 500.0 * 0.9
    assert "added" not in logged
    for one in (driven, heard):
        assert 0 < one["added"]["p50"] <= one["added"]["p999"] < one["seconds"]


@pytest.mark.deep
@each_store
def test_batches_of_the_log_have_a_round_for_each_size(store: str) -> None:
    found = run_log.batches(Stream(named(["text"])[0], 200), store, 2)
    assert {one["store"] for one in found} == {store}
    assert [one["batch"] for one in found] == list(run_log.SIZES)
    assert all(len(one["rounds"]) == 2 and min(one["rounds"]) > 0 for one in found)


def test_memory_of_a_crowd_grows_with_what_its_streams_hold() -> None:
    short, long = (crowd.memory(Stream(named(["text"])[0], count), 10) for count in (SHORTEST, 500))
    assert 1_000 < short < long < 100_000


def test_the_command_measures_open_streams_alone(tmp_path: Path) -> None:
    pytest.importorskip("openai")
    run, file = runpy.run_path(str(BENCH / "__main__.py"))["main"], tmp_path / "results.json"
    run(["--quick", "--no-peers", "--workload", "text", "--rounds", "1", "--only", "live", "--json", str(file)])
    results = json.loads(file.read_text("utf-8"))
    assert {one["who"] for one in results["live"]} == {live.DRIVE, live.OBJECTS, live.LOOP, live.BYTES}
    assert not results["costs"] + results["crowd"] + results["memory"] + results["log"]
