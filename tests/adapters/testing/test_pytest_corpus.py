"""The laws over a folder of recorded streams, as tests of a suite."""

import shutil
from pathlib import Path

import pytest
from streamfold.reducer import Ended, chat
from support.adapters.suites import PLUGIN, Suite, said

pytest_plugins = ["pytester"]


@pytest.fixture
def corpus(suite: Suite) -> Path:
    folder = suite.folder / "corpus"
    (folder / "more").mkdir(parents=True)
    shutil.move(suite.folder / "chat_parallel_calls.sse", folder / "a.sse")
    shutil.move(suite.folder / "inner_thoughts.jsonl", folder / "more" / "b.jsonl")
    suite.cassette("corpus/c.cassette", said("Hi"), end=Ended())
    (folder / "test_stray.py").write_text("def test_stray(): pass\n")
    (folder / "a.truth.json").write_text("{}")
    suite.write("def test_mine():\n    pass\n")
    return folder


@pytest.mark.deep
def test_the_laws_look_at_each_recorded_stream_of_a_folder(suite: Suite, corpus: Path) -> None:
    out = suite.run("-v", "test_it.py", "--corpus", corpus, passed=4)
    for name in ("corpus/a.sse::laws", "corpus/more/b.jsonl::laws", "corpus/c.cassette::laws", "test_it.py::test_mine"):
        assert f"{name} PASSED" in out
    assert "test_stray" not in out
    suite.run("test_it.py", "--corpus=corpus", "-k", "laws", passed=3, deselected=1)
    suite.run("test_it.py", "--streamfold-corpus", "corpus", passed=4)
    suite.run("corpus", "--corpus", "corpus", passed=4)
    suite.run("corpus/a.sse", "--corpus", "corpus", "--corpus-wire", "inner_thoughts", passed=3)
    suite.run("--corpus", "corpus", passed=5)
    suite.run(passed=2)


@pytest.mark.deep
def test_the_corpus_is_shared_out_to_workers(suite: Suite, corpus: Path) -> None:
    result = suite.pytester.runpytest_subprocess(*PLUGIN, "-n", "1", "test_it.py", "--corpus", "corpus")
    result.assert_outcomes(passed=4)


@pytest.mark.deep
def test_the_ini_file_can_name_the_corpus(suite: Suite, corpus: Path) -> None:
    (suite.folder / "pytest.ini").write_text("[pytest]\nstreamfold_corpus = corpus\ntestpaths = test_it.py\n")
    suite.run(passed=4)
    shutil.rmtree(corpus)
    result = suite.pytester.runpytest_inprocess(*PLUGIN)
    assert "no such folder" in result.stderr.str()


@pytest.mark.deep
def test_a_broken_law_is_named_with_the_file_and_the_chunk(
    suite: Suite, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = chat.step

    def forgetful(state: chat.State, chunk: chat.Chunk) -> object:
        after, messages = step(state, chunk)
        return after, tuple(one for one in messages if getattr(one, "content", "") != " look")

    monkeypatch.setattr(chat, "step", forgetful)
    out = suite.run("test_it.py", "--corpus", corpus, passed=3, failed=1)
    assert "corpus/a.sse, line 71: law 5 (Cut-blind) does not hold" in out
    assert "the first 35 of 67 show it" in out
    assert "Traceback" not in out


def test_what_cannot_be_read_in_the_corpus_fails_by_name(suite: Suite, corpus: Path) -> None:
    (corpus / "a.sse").write_text("data: prose\n\n")
    out = suite.run("test_it.py", "--corpus", corpus, passed=3, failed=1)
    assert "corpus/a.sse, line 1: not JSON" in out
    assert "Traceback" not in out


@pytest.mark.parametrize(
    ("given", "said"),
    [("nowhere", "no such folder"), ("bare", "no recorded streams (*.cassette, *.sse, *.jsonl)")],
)
def test_a_folder_without_streams_is_refused(suite: Suite, given: str, said: str) -> None:
    (suite.folder / "bare").mkdir()
    result = suite.pytester.runpytest_inprocess(*PLUGIN, f"--corpus={given}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str()


@pytest.mark.deep
def test_a_suite_that_has_an_option_corpus_keeps_it(suite: Suite, corpus: Path) -> None:
    (suite.folder / "tests").mkdir()
    (suite.folder / "tests" / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--corpus', default='none')\n"
    )
    (suite.folder / "tests" / "test_own.py").write_text(
        "def test_own(pytestconfig):\n    assert pytestconfig.getoption('--corpus') == 'corpus'\n"
    )
    suite.run("tests", "--corpus", "corpus", passed=1)
    (suite.folder / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    suite.run("--corpus", "corpus", passed=1)
    suite.run("--corpus=corpus", "--streamfold-corpus=corpus", passed=4)


def test_the_name_of_a_corpus_steers_no_terminal(suite: Suite) -> None:
    told = suite.pytester.runpytest_inprocess(*PLUGIN, "--corpus", "odd\x1b7\u202e").stderr.str()
    assert r"odd\u001b7\u202e: no such folder" in told
