"""The page in a real browser, Chromium: what it shows, by slider, keys, search and links; what it loads and logs."""

import json
from typing import Any

import pytest
from streamfold.adapters.cassette import recording_of
from streamfold.adapters.page import film_of
from streamfold.reducer import Ended, fold

from .pages import MARKS, STREAMS, Open, film, film_of_deltas, place, recorded, wait_until

pytestmark = MARKS


@pytest.mark.parametrize("name", sorted(path.name for path in STREAMS.glob("*.*")))
def test_the_last_moment_shows_the_result(show: Open, name: str) -> None:
    recording = recorded(name)
    tab = show(film(name))
    tab.keyboard.press("End")
    assert place(tab).startswith("The end")
    state, _ = fold(recording.machine, recording.config, recording.chunks, Ended())
    result = recording.machine.result(state)
    said = tab.inner_text("section:has-text('Result so far')")
    assert result.outcome in said
    assert all(call.arguments.split()[0] in said and call.id in said for call in result.tool_calls)


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
    tab.click("#forward")
    tab.click("#forward")
    assert place(tab) == "Chunk 2 of 67"
    tab.evaluate("location.hash = '#67'")
    wait_until(tab, "document.getElementById('place').value === 'Chunk 67 of 67'")


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
        return film_of_deltas(*({"content": word} for word in words))

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
    tab = show(film_of_deltas(*({"content": f"word {at} "} for at in range(10_000))), at="#9000")
    assert place(tab) == "Chunk 9000 of 10000"
    assert "word 8999" in tab.inner_text("section:has-text('Result so far')")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(show: Open, width: int, scheme: str) -> None:
    tab = show(
        film("responses_web_search.sse"), at="#60", viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_numbers_are_shown_exactly(show: Open) -> None:
    numbers = [2**53 + 1, -(2**63) - 1, 1.0, 1e22, 7, True, None]
    frame = {
        "choices": [{"index": 0, "delta": {"content": "Hi", "seen": numbers}}],
        "usage": {"prompt_tokens": 2**60 + 1},
    }
    tab = show(film_of(recording_of(f"data: {json.dumps(frame)}\n\n".encode())), at="#1")
    path = "chunk"
    for name in ("choices", "0", "delta", "extras", "seen"):
        path += f".{name}"
        tab.locator(f"details[data-path='{path}'] > summary").click()
    tab.locator(f"details[data-path='{path}'] > ul").wait_for()
    tree = tab.inner_text("section:has(h2:text-is('Chunk'))")
    for at, number in enumerate(numbers):
        assert f"{at}: {json.dumps(number)}\n" in f"{tree}\n"
    assert str(2**60 + 1) in tab.inner_text("section:has(h2:text-is('Result so far'))")


def test_results_of_many_calls_say_of_which_chunk_they_are(show: Open) -> None:
    calls = ({"tool_calls": [{"index": at, "id": f"call_{at}", "function": {"name": "f"}}]} for at in range(300))
    tab = show(film_of_deltas(*calls))
    notes = set()
    for at in range(270, 300):
        tab.evaluate(f"location.hash = '#{at}'")
        wait_until(tab, f"document.getElementById('place').value === 'Chunk {at} of 300'")
        notes.add(tab.locator("section:has(h2:text-is('Result so far')) > p").all_inner_texts()[:1] == [])
    assert notes == {True, False}
    tab.keyboard.press("End")
    assert "call f, call_299" in tab.inner_text("section:has(h2:text-is('Result so far'))")
    assert "As after chunk" not in tab.inner_text("main")


def test_the_time_line_is_gone_to_by_clicking_it(show: Open) -> None:
    tab = show(film("chat_parallel_calls.sse"))
    box = tab.locator("#ticks").bounding_box()
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + 5)
    assert place(tab) == "Chunk 34 of 67"


def test_an_error_in_the_stream_is_a_fault(show: Open) -> None:
    tab = show(film("chat_error.sse"))
    tab.click("#fault")
    assert "failed:" in tab.inner_text("section:has(h2:text-is('Wire'))")
