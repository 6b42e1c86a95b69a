"""The page in a real browser, Chromium: what it shows, by slider, keys, search and links; what it loads and logs."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cassette import recording_of
from streamfold.adapters.page import film_of, page_of

BROWSER = os.environ.get("STREAMFOLD_BROWSER")
CHROMIUM = shutil.which("chromium") if BROWSER == "1" else BROWSER
pytestmark = [
    pytest.mark.skipif(not BROWSER, reason="a real browser: asked for by STREAMFOLD_BROWSER=1"),
    pytest.mark.skipif(bool(BROWSER) and not CHROMIUM, reason="there is no chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

STREAMS = Path(__file__).parents[1] / "streams"
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens a page of films; at the end nothing may have been loaded from anywhere, and nothing logged as an error."""
    wrong: list[str] = []
    opened = []

    def show(*films: Any, at: str = "", **options: Any) -> Any:
        path = tmp_path / "page.html"
        path.write_text(page_of(films), "utf-8")
        tab = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **options})
        opened.append(tab)
        tab.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None)
        tab.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        tab.on("request", lambda asked: None if asked.url.startswith(path.as_uri()) else wrong.append(asked.url))
        tab.goto(f"{path.as_uri()}{at}")
        return tab

    yield show
    for tab in opened:
        tab.close()
    assert wrong == []


def recorded(name: str) -> Any:
    return recording_of((STREAMS / name).read_bytes(), "inner-thoughts" if "inner" in name else None, path=name)


def film(name: str) -> Any:
    return film_of(
        recording_of((STREAMS / name).read_bytes(), "inner-thoughts" if "inner" in name else None, path=name)
    )


def place(tab: Any) -> str:
    return str(tab.inner_text("#place"))


@pytest.mark.parametrize("name", sorted(path.name for path in STREAMS.glob("*.*")))
def test_the_last_moment_shows_the_result(show: Open, name: str) -> None:
    recording = recorded(name)
    tab = show(film(name))
    tab.keyboard.press("End")
    assert place(tab).startswith("The end")
    result = recording.machine.result(_ended(recording))
    said = tab.inner_text("section:has-text('Result so far')")
    assert result.outcome in said
    assert all(call.arguments.split()[0] in said and call.id in said for call in result.tool_calls)


def _ended(recording: Any) -> Any:
    from streamfold.reducer import Ended, fold

    return fold(recording.machine, recording.config, recording.chunks, Ended())[0]


def test_slider_keys_and_links_move(show: Open) -> None:
    tab = show(film("chat_parallel_calls.sse"), at="#40")
    assert place(tab) == "Chunk 40 of 67"
    tab.locator("#slider").fill("12")
    assert place(tab) == "Chunk 12 of 67"
    tab.keyboard.press("ArrowRight")
    assert place(tab) == "Chunk 13 of 67"
    assert tab.evaluate("location.hash") == "#13"
    tab.keyboard.press("Home")
    assert place(tab) == "Before the first chunk"
    tab.click("#on")
    tab.click("#on")
    assert place(tab) == "Chunk 2 of 67"
    tab.evaluate("location.hash = '#67'")
    tab.wait_for_function("document.getElementById('place').value === 'Chunk 67 of 67'")


def test_words_types_and_calls_are_found(show: Open) -> None:
    tab = show(film("chat_parallel_calls.sse"))
    tab.keyboard.press("/")
    tab.keyboard.type("find_train")
    tab.keyboard.press("Enter")
    assert "of" in tab.inner_text("#found")
    assert "find_train" in tab.inner_text("section:has-text('Wire')")
    tab.fill("#words", "no such words")
    assert tab.inner_text("#found") == "nothing found"
    tab.fill("#words", "")
    options = tab.locator("#filter option").all_inner_texts()
    assert {"every chunk", "assistant_message", "tool_call_message"} <= set(options)
    tab.select_option("#filter", label="tool_call_message")
    assert "tool_call_message" in tab.inner_text("section:has-text('Messages')")


def test_what_changed_in_the_state_is_marked(show: Open) -> None:
    tab = show(film("chat_parallel_calls.sse"), at="#10")
    marked = tab.locator("section:has(h2:text-is('State')) .changed").count()
    assert 0 < marked < 12


def test_faults_are_jumped_to(show: Open) -> None:
    body = b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\ndata: {broken\n\ndata: [DONE]\n\n'
    tab = show(film_of(recording_of(body)))
    tab.keyboard.press("n")
    assert place(tab) == "Chunk 2 of 3"
    assert "undecodable" in tab.inner_text("section:has-text('Wire')")


def test_two_films_are_side_by_side_at_their_first_difference(show: Open) -> None:
    def said(*words: str) -> Any:
        frames = [f"data: {json.dumps({'choices': [{'delta': {'content': word}}]})}\n\n" for word in words]
        return film_of(recording_of("".join(frames).encode()))

    tab = show(said("a", "b", "c"), said("a", "x", "c"))
    assert place(tab).startswith("Chunk 2")
    assert tab.locator(".film").count() == 2
    tab.keyboard.press("Home")
    tab.click("#difference")
    assert place(tab).startswith("Chunk 2")


def test_what_a_model_says_is_text(show: Open) -> None:
    hostile = '<img src=x onerror="window.hacked=1"></script><script>window.hacked=1</script>'
    frame = json.dumps({"choices": [{"delta": {"content": hostile, "reasoning_content": hostile}}]})
    tab = show(film_of(recording_of(f"data: {frame}\n\n".encode(), path=hostile)), at="#1")
    assert tab.evaluate("window.hacked") is None
    assert tab.locator("main img").count() == 0
    assert hostile in tab.inner_text("section:has-text('Messages')")


def test_ten_thousand_chunks_open_at_once(show: Open) -> None:
    frames = [f"data: {json.dumps({'choices': [{'delta': {'content': f'word {at} '}}]})}\n\n" for at in range(10_000)]
    tab = show(film_of(recording_of("".join(frames).encode())), at="#9000")
    assert place(tab) == "Chunk 9000 of 10000"
    assert "word 8999" in tab.inner_text("section:has-text('Result so far')")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(show: Open, width: int, scheme: str) -> None:
    tab = show(
        film("responses_web_search.sse"), at="#60", viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    pictures = os.environ.get("STREAMFOLD_PICTURES")
    if pictures:
        tab.screenshot(path=Path(pictures) / f"inspect-{width}-{scheme}.png")


def test_a_screen_reader_finds_its_way(show: Open) -> None:
    tab = show(film("chat_parallel_calls.sse"), at="#40")
    for role in ("banner", "navigation", "main", "contentinfo", "search"):
        assert tab.get_by_role(role).count() == 1
    assert tab.get_by_role("slider", name="Chunk").get_attribute("aria-valuetext") == "Chunk 40 of 67"
    for name in ("Wire", "Messages", "Chunk", "Result so far", "State", "Diagnostics"):
        assert tab.get_by_role("region", name=name, exact=True).count() == 1
    assert all(one.evaluate("e => e.labels.length") for one in tab.locator("input, select").all())
    assert all(one.inner_text() for one in tab.locator("button:visible").all())
