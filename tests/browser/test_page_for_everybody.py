"""The page by keyboard, by ear, in large, with other colours: what is focused and open stays, and axe finds nothing."""

from typing import Any

import pytest

from .pages import MARKS, Open, film, film_of_deltas, place, wait_until

pytestmark = MARKS

STATE = "section:has(h2:text-is('State'))"
RESULT = "section:has(h2:text-is('Result so far'))"


def test_a_screen_reader_finds_its_way(show: Open) -> None:
    tab = show(film("chat_parallel_calls.sse"), at="#40")
    for role in ("banner", "navigation", "main", "contentinfo", "search"):
        assert tab.get_by_role(role).count() == 1
    assert tab.get_by_role("slider", name="Chunk").get_attribute("aria-valuetext") == "Chunk 40 of 67"
    for name in ("Wire", "Messages", "Chunk", "Result so far", "State", "Diagnostics"):
        assert tab.get_by_role("region", name=name, exact=True).count() == 1
    assert all(one.evaluate("e => e.labels.length") for one in tab.locator("input, select").all())
    assert all(one.inner_text() for one in tab.locator("button:visible").all())


def test_stepping_keeps_the_focus_and_what_is_open(show: Open) -> None:
    tab = show(film("chat_parallel_calls.sse"), at="#40")
    tab.locator(f"{STATE} summary", has_text="calls").first.press("Enter")
    tab.locator(f"{STATE} summary", has_text="lanes").press("Enter")
    focused = "document.activeElement.closest('details')?.dataset.path"
    assert tab.evaluate(focused) == "state.calls.lanes"
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End"):
        tab.keyboard.press(key)
        assert tab.evaluate(focused) == "state.calls.lanes"
        assert tab.locator(f"{STATE} details[open]").count() == 3
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    assert tab.locator(f"{STATE} details[open]").count() == 3
    tab.locator("#forward").focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "forward"


def test_the_focus_goes_up_from_a_branch_that_is_gone(show: Open) -> None:
    tab = show(film("chat_parallel_calls.sse"), at="#67")
    for name in ("calls", "lanes", "1"):
        tab.locator(f"{STATE} summary", has=tab.locator(f".name:text('{name}')")).last.press("Enter")
    assert tab.evaluate("document.activeElement.closest('details').dataset.path") == "state.calls.lanes.1"
    tab.keyboard.press("Home")
    assert tab.evaluate("document.activeElement.closest('details').dataset.path") == "state.calls.lanes"


def test_what_is_selected_and_scrolled_stays(show: Open) -> None:
    tab = show(film_of_deltas(*({"content": f"word {at} " * 5} for at in range(400))), at="#300")
    text = tab.locator(f"{RESULT} pre")
    at_the_end = "one => one.scrollHeight - one.clientHeight - one.scrollTop"
    assert text.evaluate(at_the_end) < 5
    tab.keyboard.press("ArrowRight")
    assert text.evaluate(at_the_end) < 5
    text.evaluate(
        "one => { one.scrollTop = 40; getSelection().setBaseAndExtent(one.firstChild, 5, one.firstChild, 11) }"
    )
    tab.keyboard.press("ArrowRight")
    assert text.evaluate("one => one.scrollTop") == 40
    assert tab.evaluate("getSelection().toString()") == "0 word"


def test_what_scrolls_is_reached_and_scrolled_by_keyboard(show: Open) -> None:
    tab = show(film_of_deltas(*({"content": f"word {at} " * 5} for at in range(400))), at="#400")
    text = tab.get_by_role("group", name="TextPart")
    assert text.get_attribute("tabindex") == "0"
    text.focus()
    tab.keyboard.press("Home")
    wait_until(tab, "document.activeElement.scrollTop === 0")
    assert place(tab) == "Chunk 400 of 400"
    tab.keyboard.press("ArrowLeft")
    assert place(tab) == "Chunk 399 of 400"
    assert text.evaluate("one => one === document.activeElement")
    assert tab.locator("section:has(h2:text-is('Wire')) pre").get_attribute("tabindex") is None


def test_keys_of_one_letter_can_be_switched_off(show: Open) -> None:
    tab = show(film("chat_error.sse"))
    switch = tab.get_by_role("checkbox")
    assert switch.is_checked()
    switch.focus()
    tab.keyboard.press("Space")
    for key in ("n", "/"):
        tab.keyboard.press(key)
        assert place(tab) == "Before the first chunk"
        assert tab.evaluate("document.activeElement.id") == "letters"
    tab.keyboard.press("ArrowRight")
    assert place(tab).startswith("Chunk 1 ")
    switch.check()
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "words"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["chat_error.sse", "chat_parallel_calls.sse", "responses_web_search.sse"])
def test_axe_finds_nothing(show: Open, axe: str, name: str, scheme: str, width: int) -> None:
    shown: tuple[Any, ...] = (film(name), film(name)) if name == "chat_error.sse" else (film(name),)
    tab = show(*shown, viewport={"width": width, "height": 500}, color_scheme=scheme)
    tab.evaluate(axe)
    for key in ("Home", "n", "End"):
        tab.keyboard.press(key)
        found = tab.evaluate(
            "axe.run().then((told) => told.violations.map((one) => [one.id, ...one.nodes.map((node) => node.html)]))"
        )
        assert found == []


@pytest.mark.parametrize("setting", [{"forced_colors": "active"}, {"reduced_motion": "reduce"}])
def test_a_change_is_seen_without_colours_of_its_own(show: Open, setting: dict[str, str]) -> None:
    tab = show(film("chat_parallel_calls.sse"), at="#40", **setting)
    marked = tab.locator(f"{STATE} .changed > .name").first
    assert marked.evaluate("one => getComputedStyle(one).fontWeight") == "600"
    underlined = marked.evaluate("one => getComputedStyle(one).textDecorationLine") == "underline"
    assert underlined == ("forced_colors" in setting)
    assert tab.evaluate("document.getAnimations().length") == 0
    assert "(changed)" in marked.inner_text()
