"""Random Responses streams as OpenAI sends them: decoded JSON, cut anywhere, output items in turn or mixed."""

from collections.abc import Callable
from typing import Any

from differential.chat_streams import argument_texts, texts
from hypothesis import strategies as st
from support import event_shapes as wired
from support.json_texts import cuts

Event = dict[str, Any]
Item = dict[str, Any]
Lane = tuple[Item, list[Event]]
"""An output item as it ends, and its events."""


@st.composite
def messages(draw: st.DrawFn, index: int) -> Lane:
    """A message of one to three parts; text, or a refusal."""
    parts: list[Item] = []
    events: list[Event] = []
    for at in range(draw(st.integers(1, 3))):
        text, refuses = draw(texts), draw(st.integers(0, 3)) == 0
        part = wired.refusal_part(text) if refuses else wired.text_part(text)
        delta, done = (wired.refusal_delta, wired.refusal_done) if refuses else (wired.text_delta, wired.text_done)
        events.append(wired.part_added({**part, "refusal" if refuses else "text": ""}, index, at))
        events += [delta(piece, index, at) for piece in draw(cuts(text))]
        events += [done(text, index, at), wired.part_done(part, index, at)]
        parts.append(part)
    item = wired.message(index, *parts)
    return item, [wired.begun(item, index), *events, wired.item_done(item, index)]


@st.composite
def function_calls(draw: st.DrawFn, index: int) -> Lane:
    """A function's call."""
    arguments = draw(argument_texts)
    item = wired.function_call(index, f"f{index}", arguments)
    deltas = [wired.arguments_delta(piece, index) for piece in draw(cuts(arguments))]
    ending = [wired.arguments_done(arguments, index), wired.item_done(item, index)]
    return item, [wired.begun(item, index), *deltas, *ending]


@st.composite
def custom_calls(draw: st.DrawFn, index: int) -> Lane:
    """A custom tool's call; its text is anything."""
    text = draw(texts)
    item = wired.custom_call(index, f"c{index}", text)
    deltas = [wired.input_delta(piece, index) for piece in draw(cuts(text))]
    return item, [wired.begun(item, index), *deltas, wired.input_done(text, index), wired.item_done(item, index)]


@st.composite
def reasonings(draw: st.DrawFn, index: int) -> Lane:
    """A reasoning item with a summary of up to two parts."""
    summary = draw(st.lists(texts, max_size=2))
    item = wired.reasoning(index, *summary, encrypted_content="gAAAA")
    events: list[Event] = []
    for at, text in enumerate(summary):
        events.append(wired.summary_part_added(index, at))
        events += [wired.summary_delta(piece, index, at) for piece in draw(cuts(text))]
        events += [wired.summary_done(text, index, at), wired.summary_part_done(text, index, at)]
    return item, [wired.begun(item, index), *events, wired.item_done(item, index)]


@st.composite
def searches(draw: st.DrawFn, index: int) -> Lane:
    """A web search, which the provider runs."""
    item = wired.server_tool("web_search_call", index, action={"type": "search", "query": draw(texts)})
    stages = [wired.progress("web_search_call", stage, index) for stage in ("in_progress", "searching", "completed")]
    return item, [wired.begun(item, index), *stages, wired.item_done(item, index)]


KINDS: tuple[Callable[[int], st.SearchStrategy[Lane]], ...] = (
    messages,
    messages,
    function_calls,
    function_calls,
    custom_calls,
    reasonings,
    searches,
)


@st.composite
def response_streams(draw: st.DrawFn, ends: tuple[str, ...] = ("completed",)) -> list[Event]:
    """All events of a response of up to four items; indices go by first appearance, and events are numbered."""
    lanes = [draw(draw(st.sampled_from(KINDS))(index)) for index in range(draw(st.integers(0, 4)))]
    order = [lane for lane, (_, events) in enumerate(lanes) for _ in events]
    if draw(st.booleans()):
        # What begins first must have the first index: shuffle, then let the lanes take their places in order.
        openings = [lane for lane, _ in enumerate(lanes)]
        rest = draw(st.permutations([lane for lane, (_, events) in enumerate(lanes) for _ in events[1:]]))
        places = sorted(draw(st.integers(0, len(rest))) for _ in openings)
        order = mixed(openings, list(rest), places)
    left = [iter(events) for _, events in lanes]
    items = [item for item, _ in lanes]
    end = draw(st.sampled_from(ends))
    terminal = wired.completed(*items) if end == "completed" else wired.incomplete(*items)
    told = [wired.created(), wired.in_progress(), *(next(left[lane]) for lane in order), terminal]
    return wired.numbered(told)


def mixed(openings: list[int], rest: list[int], places: list[int]) -> list[int]:
    """The lanes' turns: each opening before its place, or before the first other turn of its lane."""
    order: list[int] = []
    opened = 0
    for at, lane in enumerate(rest):
        while opened < len(openings) and (places[opened] <= at or opened <= lane):
            order.append(openings[opened])
            opened += 1
        order.append(lane)
    return [*order, *openings[opened:]]
