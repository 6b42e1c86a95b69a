"""Reasoning under its several names, and between tags, as providers really send it: one test or more for each line."""

from typing import Any

import pytest
from streamfold.reducer import Cancelled, Ended, Failed
from streamfold.reducer.result import ReasoningPart, TextPart
from support.chat_shapes import (
    DONE,
    FAULT,
    Shape,
    chunk,
    delta,
    finished,
    folded,
    said,
)
from support.law_checks import channels

# Q44, Q45: reasoning under several names, and its details.


def detail(text: str, index: int = 0, kind: str = "text", **members: Any) -> Shape:
    """One fragment of `reasoning_details`, as OpenRouter sends it."""
    return {"type": f"reasoning.{kind}", kind: text, "format": None, "index": index, **members}


@pytest.mark.parametrize(
    "named",
    [
        lambda text: {"reasoning_content": text},
        lambda text: {"reasoning": text},
        lambda text: {"reasoning_text": text},
        lambda text: {"reasoning_content": None, "reasoning": text},
        lambda text: {"reasoning_content": "", "reasoning": text},
        lambda text: {"reasoning_content": text, "reasoning": text},
        lambda text: {"reasoning": text, "reasoning_details": [detail(text)]},
        lambda text: {"reasoning_content": text, "reasoning": text, "reasoning_details": [detail(text)]},
        lambda text: {"reasoning_details": [detail(text)]},
        lambda text: {"reasoning": None, "reasoning_details": [detail(text, kind="summary")]},
        lambda text: {"reasoning": "", "reasoning_details": [detail(text[:1]), detail(text[1:])]},
    ],
)
def test_q44_reasoning_is_said_once_whatever_it_is_called(named: Any) -> None:
    result, messages = folded(
        delta(content="", **named("Owls ")),
        delta(content=None, **named("or rooks?")),
        delta(content="Owls."),
        finished(),
    )
    assert said(messages) == [("reasoning", "Owls or rooks?"), ("assistant", "Owls.")]
    assert (result.reasoning, result.text) == ("Owls or rooks?", "Owls.")
    texts = [part.get("text", part.get("summary")) for part in result.reasoning_details]
    assert texts == (["Owls or rooks?"] if "reasoning_details" in named("x") else [])


@pytest.mark.parametrize("nothing", [None, [], [None], [detail("")], {}, "odd", [7]])
def test_q44_empty_details_say_nothing(nothing: Any) -> None:
    result, messages = folded(delta(content="Owls", reasoning=None, reasoning_details=nothing), finished())
    assert said(messages) == [("assistant", "Owls")]
    assert result.reasoning == ""


def test_q45_fragments_are_merged_by_type_and_index_signature_last() -> None:
    result, messages = folded(
        delta(reasoning=None, reasoning_details=[detail("", signature="", format="a-v1")]),
        delta(reasoning="Owls ", reasoning_details=[detail("Owls ", format="a-v1")]),
        delta(reasoning="see.", reasoning_details=[detail("see.", format="a-v1")]),
        delta(reasoning=None, reasoning_details=[{"type": "reasoning.text", "index": 0, "signature": "c2ln"}]),
        delta(content="Yes."),
        finished(),
    )
    expected = {"type": "reasoning.text", "text": "Owls see.", "format": "a-v1", "index": 0, "signature": "c2ln"}
    assert result.reasoning_details == (expected,)
    assert result.content == (ReasoningPart("Owls see.", signature="c2ln", member="reasoning"), TextPart("Yes."))
    assert channels(messages)["reasoning"] == "Owls see."


def test_q45_other_types_and_indices_are_other_details() -> None:
    result, _ = folded(
        delta(reasoning="a", reasoning_details=[detail("a", 0), detail("B", 1, "summary")]),
        delta(reasoning="a", reasoning_details=[detail("C", 1, "data", type="reasoning.encrypted", id="rs_1")]),
        delta(reasoning="a", reasoning_details=[detail("b", 1, "summary"), detail("A", 0)]),
        finished(),
    )
    assert [(part["type"], part["index"]) for part in result.reasoning_details] == [
        ("reasoning.text", 0),
        ("reasoning.summary", 1),
        ("reasoning.encrypted", 1),
    ]
    assert [part.get("text") or part.get("summary") or part.get("data") for part in result.reasoning_details] == [
        "aA",
        "Bb",
        "C",
    ]


# Q46: think tags.


def tagged(*pieces: str, tags: Any = True, end: Any = None) -> tuple[str, str, list[tuple[str, str]]]:
    """Text, reasoning, and the runs of content that comes in these pieces."""
    frames = [delta(content=piece) for piece in pieces]
    result, messages = folded(*frames, *([] if end else [finished()]), end=end, think_tags=tags)
    return result.text, result.reasoning, [run for run in said(messages) if run[0] != "stop_reason"]


def test_q46_tags_are_text_unless_they_are_asked_for() -> None:
    assert tagged("<think>Hm.</think>", "Owls.", tags=False)[:2] == ("<think>Hm.</think>Owls.", "")


@pytest.mark.parametrize(
    "text", ["<think>Hm. 1<2?</think>Owls.", "\n<think>\nHm.\n</think>\n\nOwls < rooks", "<think></think>A"]
)
def test_q46_a_tag_may_be_cut_anywhere(text: str) -> None:
    before, _, rest = text.partition("<think>")
    inside, _, after = rest.partition("</think>")
    whole = tagged(text)
    assert whole[:2] == (before + after, inside)
    assert tagged(*text) == whole
    for at in range(1, len(text)):
        assert tagged(text[:at], text[at:]) == whole


@pytest.mark.parametrize(
    "text",
    ["Owls <think>Hm.</think> see", "a</think>b", "</think>b", "<thinking>Hm.</thinking>", "<b>", "< think>", "\n\n"],
)
def test_q46_only_what_the_content_begins_with_is_a_tag(text: str) -> None:
    assert tagged(text)[:2] == tagged(*text)[:2] == (text, "")


def test_q46_a_second_block_is_text() -> None:
    text = "<think>Hm.</think>Owls <think>see</think>."
    assert (
        tagged(text)
        == tagged(*text)
        == (
            "Owls <think>see</think>.",
            "Hm.",
            [("reasoning", "Hm."), ("assistant", "Owls <think>see</think>.")],
        )
    )


@pytest.mark.parametrize("text", ["Hm. So</think>Owls.", "<think>Hm. So</think>Owls."])
def test_q46_an_orphan_closing_tag_closes_what_the_template_opened(text: str) -> None:
    whole = ("Owls.", "Hm. So", [("reasoning", "Hm. So"), ("assistant", "Owls.")])
    assert tagged(text, tags="opened") == tagged(*text, tags="opened") == whole


@pytest.mark.parametrize("end", [None, Ended(), Cancelled(), Failed("gone")])
@pytest.mark.parametrize(
    ("text", "answer", "reasoning"),
    [
        ("<thi", "<thi", ""),
        ("  ", "  ", ""),
        ("<think>Hm.</thi", "", "Hm.</thi"),
        ("<think>", "", ""),
        ("<think>Hm<", "", "Hm<"),
    ],
)
def test_q46_what_is_held_is_said_at_the_end(text: str, answer: str, reasoning: str, end: Any) -> None:
    assert tagged(text, end=end)[:2] == tagged(*text, end=end)[:2] == (answer, reasoning)


@pytest.mark.parametrize("spaces", [1, 63, 64, 65, 200])
def test_q46_white_space_before_the_tag_makes_no_difference_to_cuts(spaces: int) -> None:
    text = " " * spaces + "<think>Hm.</think>Owls."
    assert tagged(text) == tagged(*text)


def test_q46_what_is_held_is_said_before_an_error() -> None:
    result, messages = folded(delta(content="<think>Hm.</th"), chunk(error=FAULT), think_tags=True)
    assert said(messages) == [("reasoning", "Hm.</th"), ("stop_reason", "")]
    assert result.reasoning == "Hm.</th"


# Q87: reasoning as parts of content, or content that is flagged as reasoning.


def summary(text: str, signature: str = "") -> dict[str, Any]:
    """Databricks' reasoning: a part of content with a summary in parts."""
    return {"type": "reasoning", "summary": [{"type": "summary_text", "text": text, "signature": signature}]}


@pytest.mark.parametrize(
    "parts",
    [
        [[summary("Owls ")], [summary("see.", "c2ln")]],
        [[summary("Owls see.", "c2ln")]],
        [[summary("Owls "), summary("see."), summary("", "c2ln")]],
        [[{"type": "reasoning", "summary": ["Owls ", {"text": "see."}], "signature": "c2ln"}]],
        [[{"type": "reasoning", "summary": "Owls "}], [{"type": "reasoning", "text": "see.", "signature": "c2ln"}]],
        [[{"type": "thinking", "thinking": "Owls see.", "signature": "c2ln"}]],
        [[{"type": "thinking", "thinking": [{"type": "text", "text": "Owls see."}], "signature": "c2ln"}]],
    ],
)
def test_q87_reasoning_may_come_in_parts_of_content(parts: list[Any]) -> None:
    result, messages = folded(*(delta(content=part) for part in parts), delta(content="Yes."), finished(), DONE)
    assert said(messages) == [("reasoning", "Owls see."), ("assistant", "Yes.")]
    part_type = parts[0][0]["type"]
    assert result.content[0] == ReasoningPart("Owls see.", signature="c2ln", member=f"content[].{part_type}")
    assert (result.reasoning, result.text, result.diagnostics) == ("Owls see.", "Yes.", ())


def flagged(text: str) -> dict[str, Any]:
    """Gemini's reasoning: content, and a flag that says what it is."""
    return {"content": text, "extra_content": {"google": {"thought": True}}}


def test_q87_content_that_is_flagged_is_reasoning() -> None:
    signed = {"google": {"thought_signature": "c2ln"}}
    result, messages = folded(
        delta(**flagged("**Plan** ")),
        delta(**flagged("it.")),
        delta(content="Hello"),
        delta(content=".", extra_content={"google": {"thought": False}}),
        finished(content="", extra_content=signed),
        DONE,
    )
    assert said(messages) == [("reasoning", "**Plan** it."), ("assistant", "Hello.")]
    assert (result.reasoning, result.text) == ("**Plan** it.", "Hello.")
    assert result.extras == {"choice": {"delta": {"extra_content": signed}}}


def test_q87_the_flag_may_stand_beside_the_content() -> None:
    values = [delta(content="**Plan** ", thought=True), delta(content="it.", thought=True), delta(content="Hello.")]
    values.append(delta(content="", thought=False))
    result, messages = folded(*values, finished(), DONE)
    assert said(messages) == [("reasoning", "**Plan** it."), ("assistant", "Hello.")]
    assert (result.reasoning, result.text, result.extras) == ("**Plan** it.", "Hello.", {})


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning", "reasoning_text"])
def test_of_content_and_reasoning_in_one_delta_the_open_run_goes_on(name: str) -> None:
    both = delta(content="Owls", **{name: "Hm."})
    for before, first in (
        ([], "reasoning"),
        ([delta(content="So: ")], "assistant"),
        ([delta(**{name: "So: "})], "reasoning"),
        ([delta(refusal="No.")], "reasoning"),
        ([delta(content="So: "), delta(refusal="No.")], "reasoning"),
    ):
        _, messages = folded(*before, both, finished(), DONE)
        last = [kind for kind, _ in said(messages)][-2:]
        assert last[0] == first, before


def test_flagged_content_beside_reasoning_is_no_text_that_goes_on() -> None:
    _, messages = folded(delta(content="So: "), delta(content="Plan.", thought=True, reasoning="Hm. "), finished())
    assert said(messages) == [("assistant", "So: "), ("reasoning", "Hm. Plan.")]


def test_content_inside_think_tags_is_no_text_that_goes_on() -> None:
    values = (delta(content=" <think>Plan"), delta(content="it.</think>Owls", reasoning="Hm. "), finished())
    _, messages = folded(*values, think_tags=True)
    assert said(messages) == [("assistant", " "), ("reasoning", "PlanHm. it."), ("assistant", "Owls")]


def test_q87_a_part_of_content_may_be_flagged() -> None:
    parts = [{"type": "text", "text": "Plan.", "thought": True}, {"type": "text", "text": "Hello."}]
    result, _ = folded(delta(content=parts), finished(), DONE)
    assert (result.reasoning, result.text) == ("Plan.", "Hello.")


def test_q87_think_tags_in_flagged_content_are_none_of_it() -> None:
    frames = [delta(**flagged("<think>Plan")), delta(content="</think>Hello."), finished(), DONE]
    result, _ = folded(*frames, think_tags=True)
    assert (result.reasoning, result.text) == ("Plan", "Hello.")
    result, _ = folded(delta(**flagged("Plan")), *frames[1:], think_tags=True)
    assert (result.reasoning, result.text) == ("Plan", "</think>Hello.")


def test_q87_signatures_of_the_content_are_kept_apart() -> None:
    extras = [{"google": {"thought_signature": name, "n": at}, "other": None} for at, name in enumerate("abba")]
    result, _ = folded(*(delta(content="x", extra_content=extra) for extra in extras), finished(), DONE)
    kept = {"google": {"thought_signature": ("a", "b", "a"), "n": 3}}
    assert result.extras == {"choice": {"delta": {"extra_content": kept}}}


def test_q87_encrypted_details_of_one_index_stay_apart() -> None:
    frames = [
        delta(
            reasoning_details=[{"type": "reasoning.encrypted", "data": name * 3, "id": name, "index": 0}],
            tool_calls=[{"index": at, "id": name, "function": {"name": "f", "arguments": "{}"}}],
        )
        for at, name in enumerate("AB")
    ]
    result, _ = folded(*frames, finished("tool_calls"), DONE)
    assert [part["data"] for part in result.reasoning_details] == ["AAA", "BBB"]


@pytest.mark.parametrize("name", ["thought", "reasoning"])
def test_q46_a_model_s_own_tags_can_be_chosen(name: str) -> None:
    content = f"<{name}>Hm.</{name}>Yes."
    for at in range(1, len(content)):
        frames = [delta(content=content[:at]), delta(content=content[at:]), finished(), DONE]
        result, _ = folded(*frames, think_tags=["<thought>", "<reasoning>"])
        assert (result.reasoning, result.text) == ("Hm.", "Yes.")
