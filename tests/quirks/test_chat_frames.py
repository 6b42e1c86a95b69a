"""What stands between the chunks of Chat Completions, and in them unasked for: one test or more for each line."""

import json

import pytest
from attrs import evolve
from streamfold.reducer.result import OmittedReasoningPart, ReasoningPart, ServerToolPart, TextPart
from streamfold.reducer.values.json_values import FrozenObject
from support.chat_shapes import (
    COUNTS,
    DONE,
    Shape,
    call,
    calls,
    choice,
    chunk,
    delta,
    finished,
    folded,
    folded_bytes,
    noted,
    said,
    sse,
)

# Q42: what is no chunk.


def test_q42_comments_and_empty_data_are_skipped() -> None:
    hel, lo, end = (sse(frame) for frame in (delta(content="Hel"), delta(content="lo"), finished()))
    plain = folded_bytes(hel + lo + end + sse(DONE))
    noisy = b"".join(
        [b": WAKING UP\n\n", b":\n\n", hel, b"data:\n\n", b"data: \n\n", b": still here\n", lo, b"data\n\n", b"\n\n"]
    )
    assert folded_bytes(noisy + end + b"data: \n\ndata: [DONE]\n\n") == plain
    assert folded_bytes((noisy + end + sse(DONE)).replace(b"\n", b"\r\n")) == plain
    assert plain[0].diagnostics == ()


def test_q42_a_comment_between_the_lines_of_one_frame_is_skipped() -> None:
    frame = json.dumps(delta(content="Hello"), indent=1).splitlines()
    body = b"".join(b"data: " + line.encode() + b"\n: keepalive\n" for line in frame) + b"\n"
    result, _ = folded_bytes(body + sse(finished()))
    assert (result.text, result.diagnostics) == ("Hello", ())


@pytest.mark.parametrize(
    "broken",
    [
        b'data: {"choices":[{"index":0,"delta":{"content":"lo\n: keepalive\nst"}}]}\n\n',
        b'data: {"choices":[{"index":0,"delta":{"content":"lost\xff"}}]}\n\n',
        b'data: {"choices":[{"index":0,\n\n',
        b"data: keepalive\n\n",
        b"data: <html>\n\n",
        b"data: 7\n\n",
        b"data: []\n\n",
        b'data: {"keepalive":true}\n\n',
    ],
)
def test_q42_bad_json_is_noted_and_the_rest_goes_on(broken: bytes) -> None:
    result, messages = folded_bytes(sse(delta(content="Hel")) + broken + sse(delta(content="lo"), finished(), DONE))
    assert said(messages) == [("assistant", "Hello")]
    assert (result.outcome, result.chunks) == ("completed", 4)
    (note,) = noted(result, "undecodable")
    assert note.where == "frame 2 (line 3)"


def test_q42_what_is_bad_for_one_reason_is_counted_wherever_it_is() -> None:
    pieces = [piece for at in range(100) for piece in (b"data: <html>\n\n", sse(delta(content=str(at % 10))))]
    result, _ = folded_bytes(b"".join(pieces) + sse(finished(), DONE))
    (note,) = noted(result, "undecodable")
    assert (note.count, note.where, len(result.text)) == (100, "frame 1 (line 1)", 100)


# Q49: unknown keys.


def test_q49_unknown_keys_change_nothing() -> None:
    around = {
        "service_tier": "",
        "system_fingerprint": None,
        "obfuscation": "x7",
        "provider": "P",
        "kv": {"a": [1, {}]},
    }
    beside = {"token_ids": [1, 2], "native_finish_reason": None, "stop_reason": 7, "matched_stop": None, "logprobs": {}}
    inside = {"channel": "analysis", "audio": None, "tool_plan": "x", "citations": None, "function_call": None}
    plain = folded(delta(content="Owls"), calls(call(index=0, id="a", name="find", arguments="{}")), finished(), DONE)
    odd = folded(
        chunk(choice(content="Owls", **inside) | beside) | around,
        chunk(choice(tool_calls=[call(index=0, id="a", name="find", arguments="{}", kind=3)], **inside) | beside)
        | around,
        chunk(choice(finish_reason="stop", **inside) | beside) | around,
        DONE,
    )
    result, messages = odd
    assert (evolve(result, diagnostics=(), output=plain[0].output, extras=plain[0].extras), messages) == plain
    assert [evolve(call, extras=FrozenObject()) for call in result.tool_calls] == list(plain[0].tool_calls)
    assert result.extras == {
        "provider": "P",
        "kv": {"a": (1, {})},
        "choice": {
            "token_ids": (1, 2, 1, 2, 1, 2),
            "stop_reason": 7,
            "delta": {"channel": "analysis", "tool_plan": "x"},
        },
    }
    assert result.tool_calls[0].extras == {"kind": 3}
    assert [(note.kind, note.detail) for note in result.diagnostics] == [
        ("kept", detail)
        for detail in (
            *("kv", "provider", "choices[].stop_reason", "choices[].token_ids"),
            *("choices[].delta.channel", "choices[].delta.tool_plan", "choices[].delta.tool_calls[].kind"),
        )
    ]


def test_q49_another_object_name_is_a_chunk_all_the_same() -> None:
    last = chunk(choice(finish_reason="stop", content="") | {"message": {"role": "assistant", "content": "Owls see."}})
    result, messages = folded(
        delta(content="Owls ") | {"object": "chat.completion.chunk"},
        delta(content="see.") | {"object": ""},
        last | {"object": "chat.completion.done", "usage": COUNTS, "citations": ["https://owls.example"]},
    )
    assert said(messages) == [("assistant", "Owls see.")]
    assert (result.finish_reason, result.usage.total_tokens) == ("stop", 16)
    assert result.extras == {"citations": ("https://owls.example",)}


def test_q49_tools_that_the_provider_ran_are_told() -> None:
    begun = {"index": 0, "type": "search", "arguments": '{"query": "owls"}', "output": None}
    done = begun | {"output": "Owls: a bird", "search_results": {"count": 0}}
    result, messages = folded(
        delta(reasoning="Hm.", executed_tools=[begun]), delta(executed_tools=[done]), delta(content="Owls."), finished()
    )
    assert result.content == (ReasoningPart("Hm.", member="reasoning"), TextPart("Owls."), ServerToolPart(done))
    tools = [message for message in messages if message.message_type == "server_tool_message"]
    assert [(tool.tool, tool.status, tool.item) for tool in tools] == [
        ("search", "in_progress", begun),
        ("search", "completed", done),
    ]


@pytest.mark.parametrize(
    "odd",
    [
        {"id": 7},
        {"model": None},
        {"model": ["m"]},
        {"created": "yesterday"},
        {"choices": [{"index": "0", "delta": {"content": "Owls"}, "finish_reason": None}]},
        {"choices": [{"index": 0.0, "delta": {"content": "Owls"}, "finish_reason": {}}]},
        {"choices": [{"index": None, "delta": {"content": "Owls", "refusal": [], "tool_calls": {}}}]},
        {"choices": [{"delta": {"content": "Owls"}}]},
        {"choices": {"index": 0}, "usage": [1]},
        {"x_groq": "x", "citations": 5, "prompt_filter_results": {}},
        {"usage": "none"},
    ],
)
def test_q49_members_of_odd_types_lose_no_text(odd: Shape) -> None:
    body = delta(content="Owls") | odd
    frames = [body] if isinstance(body["choices"], list) else [body, delta(content="Owls")]
    result, messages = folded(*frames, finished("stop"), DONE)
    assert said(messages) == [("assistant", "Owls")]
    assert (result.finish_reason, result.outcome) == ("stop", "completed")
    assert noted(result, "undecodable") == []


def test_q49_hidden_reasoning_is_announced_whatever_else_comes() -> None:
    result, messages = folded(chunk(obfuscation="x"), delta(content="Owls"), finished(), model="gpt-5-mini")
    assert said(messages) == [("hidden_reasoning", ""), ("assistant", "Owls")]
    assert result.content == (OmittedReasoningPart(), TextPart("Owls"))
