"""JSON as a provider might send it, right or wrong: for whatever reads it."""

from typing import Any

from attrs import fields
from hypothesis import strategies as st
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from streamfold.reducer.responses.event import Event
from streamfold.reducer.responses.table import RULES
from support.json_texts import json_values

TEXTS = ("content", "reasoning_content", "reasoning", "reasoning_text", "refusal")
KINDS = sorted(RULES)
# The wire's own names, all of them: nothing that is read by name is left out.
NAMES = sorted(
    {
        field.name
        for made in (Chunk, Choice, Delta, CallDelta, FunctionDelta, CustomDelta, Event)
        for field in fields(made)
    }
    | {"message", "thinking", "summary", "prompt_tokens", "object", "output", "status", "call_id", "url_citation"}
    | {"incomplete_details", "reason", "completion_tokens_details", "cached_tokens"}
)
WORDS = [
    "",
    "{",
    '{"a":1}',
    "x",
    "function_call",
    "custom_tool_call",
    "message",
    "reasoning",
    "thinking",
    "output_text",
]

scalars = (
    st.sampled_from(WORDS)
    | st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.sampled_from([0.5, 2.0, float("inf"), 10**4000])
)
wire_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


def members(**known: Any) -> st.SearchStrategy[Any]:
    """An object of the wire, with any of its members there or not, right or wrong."""
    return st.fixed_dictionaries({}, optional={name: field | wire_values for name, field in known.items()})


text = st.sampled_from(["", "a", '{"a":', "1}", "function", "name", "😀", "\ud800"])
small = st.integers(0, 2)
functions = members(name=text, arguments=text, input=text)
calls = members(index=small, id=text, type=text, function=functions, custom=functions, extra_content=wire_values)
deltas = members(
    tool_calls=st.lists(calls | wire_values, max_size=3),
    function_call=functions,
    reasoning_details=st.lists(members(type=text, text=text, index=small), max_size=2),
    annotations=st.lists(wire_values, max_size=2),
    executed_tools=st.lists(members(index=small, type=text, output=text), max_size=2),
    **dict.fromkeys(TEXTS, text),
)
completions = members(
    choices=st.lists(members(index=small, delta=deltas, finish_reason=text) | wire_values, max_size=3),
    usage=members(prompt_tokens=small),
    x_groq=members(usage=wire_values),
    error=members(message=text, code=small),
)
items = members(
    type=st.sampled_from([*WORDS, "web_search_call", "mcp_call"]),
    id=text,
    call_id=text,
    name=text,
    arguments=text,
    input=text,
    status=st.sampled_from(["completed", "incomplete", "in_progress"]),
    content=st.lists(members(type=text, text=text, refusal=text, annotations=wire_values), max_size=2),
    summary=st.lists(members(type=text, text=text), max_size=2),
)
events = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS) | wire_values},
    optional={
        "sequence_number": small | wire_values,
        "output_index": small | wire_values,
        "content_index": small | wire_values,
        "summary_index": small | wire_values,
        "item": items | wire_values,
        "part": members(type=text, text=text, refusal=text, annotations=wire_values),
        "response": members(id=text, output=st.lists(items | wire_values, max_size=3), error=wire_values, status=text),
        "annotation": wire_values,
        "error": wire_values,
        "code": wire_values,
        **dict.fromkeys(("delta", "text", "refusal", "arguments", "input", "item_id", "message"), text | wire_values),
    },
)
any_json = json_values | wire_values
