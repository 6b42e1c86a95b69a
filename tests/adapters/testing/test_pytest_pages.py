"""A test that fails names a page of what it replayed; one that passes writes none."""

import shutil
from pathlib import Path

import pytest
from support.adapters.suites import PLUGIN, STREAMS, Suite

pytest_plugins = ["pytester"]


def run(suite: Suite, *arguments: str) -> str:
    """As `Suite.run`, with the cache that the pages are written to."""
    at = PLUGIN.index("no:cacheprovider")
    plugins = (*PLUGIN[: at - 1], *PLUGIN[at + 1 :])
    return suite.pytester.runpytest_inprocess(*plugins, *arguments).stdout.str()


def pages(suite: Suite) -> list[Path]:
    return sorted((suite.folder / ".pytest_cache").rglob("*.html"))


def test_a_failed_test_names_a_page_of_each_recording(suite: Suite) -> None:
    suite.write(
        """
        import pytest

        @pytest.mark.cassette("chat_parallel_calls.sse", "chat_parallel_calls.sse")
        def test_that_fails(cassette):
            assert not cassette.messages()

        @pytest.mark.cassette("chat_parallel_calls.sse")
        def test_that_passes(cassette):
            assert cassette.messages()
        """
    )
    out = run(suite)
    assert [page.name for page in pages(suite)] == [
        "test_it.py-test_that_fails.1.html",
        "test_it.py-test_that_fails.2.html",
    ]
    assert out.count("chat_parallel_calls.sse, chunk by chunk: ") == 2


def test_a_recording_that_breaks_a_law_has_a_page_that_says_where(
    suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamfold.adapters.laws.checker import check_laws
    from streamfold.adapters.testing import law_report
    from support.law_checks import chat_that

    def broken(machine: object, *given: object, **options: object) -> object:
        from streamfold.reducer import chat

        return check_laws(chat_that(finish=lambda state, end: (chat.finish(state, end)[0], ())), *given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(law_report, "check_laws", broken)
    corpus = suite.folder / "corpus"
    corpus.mkdir()
    shutil.copy(STREAMS / "chat_error.sse", corpus)
    run(suite, "--corpus", str(corpus))
    (page,) = pages(suite)
    assert "does not hold" in page.read_text("utf-8")
