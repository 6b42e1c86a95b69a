"""docs/providers.md, who hosts models and passes them on: a stream of each, and what a fold makes of it."""

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
from support import event_shapes as events
from support.chat_shapes import DONE, call, calls, choice, chunk, delta, finished, sse, usage


def test_every_row_is_shown_here() -> None:
    rows = rows_of("Who hosts models", "Routers and gateways", "Servers that you run")
    assert rows
    assert rows <= set(globals())


# Who hosts models


def test_azure_openai() -> None:
    first = chunk(id="", model="", prompt_filter_results=[{"prompt_index": 0}])
    safe = {"hate": {"filtered": False}}
    filtered = chunk({"index": 0, "content_filter_results": safe})
    result = result_of(first, delta(content="Hi"), filtered, finished())
    assert (said(result), result.provider_id, result.model) == (("", "Hi", "completed"), "chatcmpl-7", "a-model")
    assert result.extras.keys() == {"prompt_filter_results", "choice"}
    assert result.extras["choice"] == {"content_filter_results": safe}
    _, messages = read(sse(delta(content="Hi")), model="my-deployment", hides_reasoning=True)
    assert messages[0].message_type == "hidden_reasoning_message"


def test_github_copilot() -> None:
    told = {"prompt_tokens": 9, "completion_tokens": 2}
    last = {**finished(), "usage": told}
    result = result_of(delta(reasoning_text="Hm."), delta(content="Yes."), last)
    assert (said(result), counts(result)) == (("Hm.", "Yes.", "completed"), (9, 2, None))
    pieces = (events.text_delta(piece, item_id=f"other_{at}") for at, piece in enumerate(("One", " two")))
    assert result_of_events(events.begun(events.message()), *pieces, events.completed()).text == "One two"


def test_groq() -> None:
    told = {"prompt_tokens": 9, "completion_tokens": 2}
    ran = delta(executed_tools=[{"index": 0, "type": "search", "output": "found"}])
    renamed = {**delta(content="Yes."), "id": "chatcmpl-8"}
    result, messages = read(sse(delta(reasoning="Hm."), ran, renamed, finished(), chunk(x_groq={"usage": told})))
    assert (said(result), counts(result)) == (("Hm.", "Yes.", "completed"), (9, 2, None))
    assert "server_tool_message" in {message.message_type for message in messages}
    is_one_call(result_of(whole(), finished("tool_calls")))
    failed, _ = read(
        sse(delta(content="a")) + b'event: error\ndata: {"error":{"message":"Failed to call a function"}}\n\n'
    )
    assert failed.error is not None
    assert (failed.outcome, failed.error.message) == ("failed", "Failed to call a function")
    assert result_of(delta(content="a"), chunk(x_groq={"error": "over capacity"})).outcome == "failed"


def test_cerebras() -> None:
    last = {**finished(), "usage": {"prompt_tokens": 9, "completion_tokens": 2}, "time_info": {"total_time": 0.1}}
    result = result_of(delta(content="Hi"), last)
    assert (said(result), counts(result)) == (("", "Hi", "completed"), (9, 2, None))


def test_databricks() -> None:
    first = chunk(choice(content="Hi"), usage={"prompt_tokens": 9, "completion_tokens": None, "total_tokens": None})
    last = {**finished(content=""), "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}}
    assert counts(result_of(first, last)) == (9, 2, None)
    summary = [{"type": "summary_text", "text": "Hm.", "signature": ""}, {"type": "summary_text", "signature": "c2ln"}]
    result = result_of(delta(content=[{"type": "reasoning", "summary": summary}]), delta(content="Yes."), finished())
    assert said(result) == ("Hm.", "Yes.", "completed")
    assert [detail.get("signature") for detail in result.reasoning_details] == ["c2ln"]


def test_snowflake() -> None:
    detail = {"type": "reasoning.text", "index": 0, "text": "Hm."}
    result = result_of(delta(content="", reasoning_details=[detail]), delta(content="Yes."), DONE)
    assert (said(result), result.finish_reason) == (("Hm.", "Yes.", "completed"), None)


def test_amazon_bedrock_responses() -> None:
    made = events.function_call(0, "look_up", ARGUMENTS, call_id="call_0")
    for response_id in ("resp_1", "resp_2"):
        result = result_of_events(events.item_done(made), events.completed(made, response_id=response_id))
        is_one_call(result, "call_0")
        assert result.provider_id == response_id


def test_hugging_faces_router() -> None:
    pieces = (delta(content=piece) for piece in ("<thi", "nk>Hm.</th", "ink>Yes."))
    assert said(result_of(*pieces, finished(), think_tags=True)) == ("Hm.", "Yes.", "completed")


def test_fireworks() -> None:
    pieces = calls(call(0, "call_a", "look_up", ARGUMENTS[:4])), calls(call(0, "call_a", arguments=ARGUMENTS[4:]))
    is_one_call(result_of(*pieces, finished("tool_calls")))


def test_poolside() -> None:
    result = result_of(
        calls(call(0, "call_a", "look_up", ARGUMENTS[:4])),
        calls(call(0, "call_b", arguments=ARGUMENTS[4:])),
        finished("tool_calls"),
    )
    is_one_call(result)
    assert result.tool_calls[0].aliases == ("call_b",)


def test_baidu_qianfan() -> None:
    begun = calls(call(0, "call_a", "look_up", ""))
    snapshots = [calls(call(0, arguments=ARGUMENTS[:end])) for end in (3, 9, len(ARGUMENTS))]
    is_one_call(result_of(begun, *snapshots, finished("tool_calls")))
    (made,) = result_of(begun, *snapshots, finished("tool_calls"), detect_snapshots=False).tool_calls
    assert made.arguments == ARGUMENTS[:3] + ARGUMENTS[:9] + ARGUMENTS


def test_azure_ai_foundry_local() -> None:
    pieces = [chunk(choice(197 + at, content=piece)) for at, piece in enumerate(("One", " two"))]
    assert result_of(*pieces, choice=None).text == "One two"


# Routers and gateways


def test_openrouter_chat_completions() -> None:
    detail = {"type": "reasoning.text", "index": 0}
    frames = (
        delta(content="", reasoning="Hm", reasoning_details=[{**detail, "text": "Hm"}]),
        delta(content="", reasoning=".", reasoning_details=[{**detail, "text": ".", "signature": "c2ln"}]),
        delta(content="Yes.", annotations=[{"type": "url_citation", "url": "https://example.org"}]),
        finished(),
        finished(),
    )
    result, messages = read(b": OPENROUTER PROCESSING\n\n" + sse(*frames, DONE))
    assert said(result) == ("Hm.", "Yes.", "completed")
    assert result.reasoning_details == ({**detail, "text": "Hm.", "signature": "c2ln"},)
    assert "annotation_message" in {message.message_type for message in messages}
    metadata = {"raw": "prompt is too long", "provider_name": "Some"}
    inner = {"code": 502, "message": "Provider returned error", "metadata": metadata}
    for failed in (
        chunk(choice(content=""), error=inner),
        chunk({**choice(finish_reason="error", content=""), "error": inner}),
    ):
        result = result_of(delta(content="Par"), failed)
        assert result.error is not None
        assert (result.text, result.outcome, result.error.category) == ("Par", "failed", "context overflow")


def test_openrouter_responses() -> None:
    told = events.begun(events.message()), events.text_delta("Hello")
    at_end = events.completed(events.message(0, "Hello", id="msg_tmp_1"))
    result, messages = read(events.body([*told, at_end], done=True), "responses")
    assert said(result) == ("", "Hello", "completed")
    assert len(messages) == 1


def test_vercel_ai_gateway() -> None:
    detail = {"type": "reasoning.text", "index": 0, "text": "Hm."}
    told = {"prompt_tokens": 9, "completion_tokens": 2, "cache_creation_input_tokens": 5}
    last = {**finished(), "usage": told, "generationId": "gen_1"}
    result = result_of(delta(content="", reasoning="Hm.", reasoning_details=[detail]), delta(content="Yes."), last)
    assert (said(result), result.usage.cache_write_tokens) == (("Hm.", "Yes.", "completed"), 5)


def test_litellm() -> None:
    nulls = usage(prompt_tokens=None, completion_tokens=None, total_tokens=None)
    told = usage(prompt_tokens=9, completion_tokens=2)
    assert counts(result_of(delta(content="Hi"), finished(), told, nulls)) == (9, 2, None)


# Servers that you run


def test_vllm() -> None:
    for name in ("reasoning_content", "reasoning"):
        assert result_of(delta(**{name: "Hm."}), delta(content="Yes."), finished()).reasoning == "Hm."
    growing = (chunk(choice(content="a"), usage={"prompt_tokens": 9, "completion_tokens": at}) for at in (1, 2))
    assert counts(result_of(*growing, finished())) == (9, 2, None)
    failed = result_of({"object": "error", "message": "boom", "type": "InternalServerError", "code": 500})
    assert failed.error is not None
    assert failed.error.message == "boom"
    assert result_of(delta(content="a"), finished("abort")).outcome == "failed"
    is_one_call(result_of(whole(), calls(call(0, arguments="")), finished("tool_calls")))
    drifting = [events.text_delta(piece, at=at) for at, piece in enumerate(("Hel", "lo"), 1)]
    result = result_of_events(events.begun(events.message()), *drifting, events.completed(events.message(0, "Hello")))
    assert [part.text for part in result.content] == ["Hello"]


def test_sglang() -> None:
    aborted = result_of(delta(reasoning_content="Hm."), whole(), finished("abort"))
    assert (aborted.reasoning, aborted.outcome, aborted.tool_calls[0].complete) == ("Hm.", "failed", False)
    assert result_of(delta(content="<think>Hm.</think>Yes."), finished(), think_tags=True).text == "Yes."


def test_llama_cpp() -> None:
    as_object = calls(call(0, "call_a", "look_up", {"city": "Oslo"}))
    result = result_of(delta(reasoning_content="Hm."), as_object, finished("tool_calls"), chunk(timings={"n": 1}))
    is_one_call(result)
    assert {note.kind for note in result.diagnostics} == {"repaired", "kept"}
    body = sse(delta(content="Par")) + b'error: {"code": 500, "message": "context shift is disabled"}\n\n'
    failed, _ = read(body)
    assert failed.error is not None
    assert (failed.text, failed.outcome, failed.error.message) == ("Par", "failed", "context shift is disabled")


def test_ollama() -> None:
    two = [calls(call(0, f"call_{at}", "look_up", ARGUMENTS)) for at in (1, 2)]
    for last in (finished("stop"), DONE):
        made = result_of(*two, last).tool_calls
        assert [(one.id, one.arguments, one.complete) for one in made] == [
            ("call_1", ARGUMENTS, True),
            ("call_2", ARGUMENTS, True),
        ]


def test_lm_studio() -> None:
    pieces = calls(call(0, "1", "look_up", "")), calls(call(0, "2", arguments=ARGUMENTS))
    is_one_call(result_of(*pieces, finished("tool_calls")), "1")
    (unnamed,) = result_of(calls(call(0, None, "look_up", ARGUMENTS)), finished("tool_calls")).tool_calls
    assert unnamed.id
    assert unnamed.complete
    raw = events.begun(events.reasoning(0, raw=["Hm."])), events.raw_delta("Hm.")
    late = events.begun(events.function_call(1, "look_up"), 1), events.arguments_done(ARGUMENTS, 1)
    result = result_of_events(*raw, *late, events.completed(output=[]))
    assert result.reasoning == "Hm."
    is_one_call(result, "call_1")
