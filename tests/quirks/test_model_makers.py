"""docs/providers.md, who makes models: a stream of each in its own shape, and what a fold makes of it."""

import json

from quirks.provider_shapes import (
    ARGUMENTS,
    counts,
    is_one_call,
    read,
    result_of,
    result_of_events,
    rows_of,
    said,
    whole,
)
from streamfold.adapters.multi_tool_use import unwrap_parallel
from support import event_shapes as events
from support.chat_shapes import DONE, call, calls, choice, chunk, delta, finished, sse, usage


def test_every_row_is_shown_here() -> None:
    rows = rows_of("Who makes models")
    assert rows
    assert rows <= set(globals())


def test_openai_chat_completions() -> None:
    result = result_of(delta(content="Hi"), finished(), usage(prompt_tokens=3, completion_tokens=2), DONE)
    assert (said(result), counts(result)) == (("", "Hi", "completed"), (3, 2, None))
    assert result_of(chunk(choice(content="Hi"), obfuscation="x7"), finished()).text == "Hi"
    assert result_of(delta(refusal="No."), finished()).refusal == "No."
    assert result_of(chunk(choice(0, content="a"), choice(1, content="b")), choice=1).text == "b"
    custom = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}
    (made,) = result_of(calls(custom), finished("tool_calls")).tool_calls
    assert (made.kind, made.arguments, made.complete) == ("custom", "select 1", True)
    _, messages = read(sse(delta(content="Hi")), model="gpt-5")
    assert messages[0].message_type == "hidden_reasoning_message"
    uses = json.dumps({"tool_uses": [{"recipient_name": "functions.look_up", "parameters": {"city": "Oslo"}}]})
    (wrapper,) = result_of(calls(call(0, "c", "multi_tool_use.parallel", uses)), finished("tool_calls")).tool_calls
    assert [inner.name for inner in unwrap_parallel(wrapper)] == ["look_up"]


def test_openai_responses() -> None:
    at = events.numbered([events.text_delta("Hel"), events.text_delta("lo")])
    assert result_of_events(*at, at[1], events.completed()).text == "Hello"
    thought = events.reasoning(0, "Hm.", encrypted_content="gAAA")
    search = events.server_tool("web_search_call", 1)
    result = result_of_events(events.item_done(thought), events.item_done(search, 1), events.completed(thought, search))
    assert [part.type for part in result.content] == ["summarized_reasoning", "server_tool"]
    message = events.message(0, phase="commentary")
    _, messages = read(events.body([events.item_added(message), events.text_delta("Hi")]), "responses")
    assert [getattr(message, "phase", None) for message in messages] == ["commentary"]


def test_chatgpts_backend() -> None:
    deltas = (events.begun(events.message()), events.text_delta("Hel"), {"type": "keepalive"}, events.text_delta("lo"))
    assert said(result_of_events(*deltas, events.completed())) == ("", "Hello", "completed")
    assert result_of_events(*deltas, events.completed(output=None)).text == "Hello"


def test_anthropic_its_compatible_endpoint() -> None:
    is_one_call(result_of(delta(content="Hi"), whole(), finished("tool_use")))
    for word in ("end_turn", "stop_sequence"):
        assert result_of(delta(content="Hi"), whole(), finished(word)).tool_calls[0].complete
    assert not result_of(whole(), finished("max_tokens")).tool_calls[0].complete
    told = usage(prompt_tokens=9, completion_tokens=2, cache_read_input_tokens=4, cache_creation_input_tokens=5)
    result = result_of(delta(content="Hi"), told)
    assert (counts(result), result.usage.cache_write_tokens) == ((9, 2, 4), 5)


def test_google_gemini_openai_endpoint() -> None:
    signed = {"google": {"thought_signature": "c2ln"}}
    result = result_of(whole(None, extra_content=signed), finished("tool_calls"))
    is_one_call(result)
    assert result.tool_calls[0].extras["extra_content"] == signed
    thought = delta(content="Hm.", extra_content={"google": {"thought": True}})
    result = result_of(thought, delta(content="Yes.", extra_content=signed), finished())
    assert said(result) == ("Hm.", "Yes.", "completed")
    assert result.extras["choice"]["delta"]["extra_content"] == signed
    error = json.dumps([{"error": {"code": 400, "message": "No such model", "status": "INVALID_ARGUMENT"}}], indent=2)
    failed, _ = read(error.encode())
    assert failed.outcome == "failed"
    assert failed.error is not None
    assert failed.error.message == "No such model"
    assert result_of(delta(content="a"), finished("MALFORMED_FUNCTION_CALL")).outcome == "failed"
    tagged = delta(content="<thought>Hm.</thought>Yes.")
    assert said(result_of(tagged, finished(), think_tags=["<thought>"])) == ("Hm.", "Yes.", "completed")


def test_mistral() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    result = result_of(delta(content=[thinking]), delta(content="Yes."), finished())
    assert said(result) == ("Hm.", "Yes.", "completed")
    is_one_call(result_of(whole(None), finished("tool_calls")))
    pieces = calls(call(0, "call_a", "look_up", ARGUMENTS[:5])), calls(call(0, "null", "", ARGUMENTS[5:]))
    (made,) = result_of(*pieces, finished("tool_calls")).tool_calls
    assert (made.id, made.name, made.arguments) == ("call_a", "look_up", ARGUMENTS)
    assert not result_of(whole(), finished("model_length")).tool_calls[0].complete


def test_deepseek() -> None:
    told = usage(prompt_tokens=9, completion_tokens=2, prompt_cache_hit_tokens=4, prompt_cache_miss_tokens=5)
    result = result_of(delta(content=None, reasoning_content="Hm."), delta(content="Yes."), finished(), told)
    assert (said(result), counts(result)) == (("Hm.", "Yes.", "completed"), (9, 2, 4))
    assert result_of(delta(content="a"), finished("insufficient_system_resource")).outcome == "failed"
    only = (chunk(choice(reasoning_content="Forty-two."), model="deepseek-chat"), finished())
    assert result_of(*only).text == "Forty-two."
    opened = result_of(delta(content="Hm.</think>Yes."), finished(), think_tags="opened")
    assert said(opened) == ("Hm.", "Yes.", "completed")
    raw = result_of_events(events.begun(events.reasoning(0, raw=["Hm."])), events.raw_delta("Hm."), events.completed())
    assert raw.reasoning == "Hm."


def test_qwen_dashscope() -> None:
    first = delta(content=None, reasoning_content="Hm.")
    pieces = calls(call(0, "call_a", "look_up", "")), calls({**call(0, arguments=ARGUMENTS), "id": ""})
    result = result_of(first, *pieces, finished("tool_calls"))
    assert result.reasoning == "Hm."
    is_one_call(result)
    turns = (
        *(calls(call(at, f"call_{at}", "look_up", "{")) for at in (0, 1)),
        *(calls(call(at, arguments="}")) for at in (0, 1)),
    )
    assert [made.arguments for made in result_of(*turns, finished("tool_calls")).tool_calls] == ["{}", "{}"]


def test_kimi_moonshot() -> None:
    last = finished()
    last["choices"][0]["usage"] = {"prompt_tokens": 19, "completion_tokens": 2, "cached_tokens": 8}
    body = sse(delta(content="One"), delta(content=" two"), last, DONE).replace(b"\n\n", b"\n")
    result, _ = read(body)
    assert (said(result), counts(result)) == (("", "One two", "completed"), (19, 2, 8))
    assert {note.kind for note in result.diagnostics} == {"repaired"}


def test_glm_zhipu() -> None:
    result = result_of(delta(reasoning_content="Hm."), whole(), finished("tool_calls"))
    is_one_call(result)
    broken = result_of(delta(reasoning_content="Hm."), whole(), finished("network_error"))
    assert (broken.outcome, broken.tool_calls[0].complete) == ("failed", False)
    filtered = result_of(whole(), finished("sensitive"))
    assert (filtered.outcome, filtered.tool_calls[0].complete) == ("completed", False)
    poor = result_of({"error": {"code": "1113", "message": "…"}})
    assert poor.error is not None
    assert poor.error.category == "billing"
    body = sse(delta(content="One"), delta(content=" two"), finished()).replace(b"\n\n", b"\n")
    assert read(body)[0].text == "One two"


def test_minimax() -> None:
    pieces = (calls(call(0, "call_a", "look_up", piece)) for piece in (ARGUMENTS[:4], ARGUMENTS[4:]))
    is_one_call(result_of(*pieces, finished("tool_calls")))
    fine = chunk(choice(content="Hi"), base_resp={"status_code": 0, "status_msg": "success"})
    assert result_of(fine, finished()).outcome == "completed"
    failed = result_of({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}})
    assert failed.error is not None
    assert (failed.outcome, failed.error.message, failed.error.category) == (
        "failed",
        "insufficient balance",
        "billing",
    )


def test_xai() -> None:
    told = usage(prompt_tokens=9, completion_tokens=2, prompt_tokens_details={"cached_tokens": 4})
    result = result_of(delta(reasoning_content="Hm."), whole(), finished("tool_calls"), told, DONE)
    is_one_call(result)
    assert (result.reasoning, counts(result)) == ("Hm.", (9, 2, 4))


def test_perplexity() -> None:
    so_far, frames = "", []
    for tokens, piece in enumerate(("Par", "is."), 1):
        so_far += piece
        one = {**choice(content=piece), "message": {"role": "assistant", "content": so_far}}
        one["finish_reason"] = "stop" if tokens == 2 else None
        told = {"prompt_tokens": 9, "completion_tokens": tokens}
        frames.append(chunk(one, usage=told, citations=["https://example.org"]))
    result, messages = read(sse(*frames))
    assert (said(result), counts(result)) == (("", "Paris.", "completed"), (9, 2, None))
    assert "".join(getattr(message, "content", "") for message in messages) == "Paris."
    assert result.extras["citations"] == ("https://example.org",)
