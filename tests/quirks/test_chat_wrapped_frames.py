"""Chunks that a gateway has put into something else: a list, another object, a text; and errors that are bare text."""

import json
from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.adapters.wire.sse import Frame
from streamfold.reducer import Doubt, Limits
from streamfold.reducer.result import Result
from streamfold.reducer.values.json_values import freeze
from support.chat_shapes import DONE, call, calls, delta, finished, folded, folded_bytes, folded_chunks, noted, sse

HEL, LO, END = delta(content="Hel"), delta(content="lo"), finished()
TEXTS = [json.dumps(frame) for frame in (HEL, LO, END)]
PLAIN = folded(HEL, LO, END, DONE)[0]


def body(*texts: str) -> bytes:
    """An event stream of these data."""
    return "".join(f"data: {text}\n\n" for text in texts).encode()


def tells(result: Result, kind: str, what: str) -> bool:
    """Whether a diagnostic of that kind says that."""
    return any(what in diagnostic.detail for diagnostic in noted(result, kind))


# Q85: one chunk a frame, and something beside it.


@pytest.mark.parametrize(
    "texts",
    [
        [f"{text}," for text in TEXTS],
        [f",{text} , " for text in TEXTS],
        [f"[{TEXTS[0]},", f"{TEXTS[1]},", f"{TEXTS[2]}]"],
        ["[", TEXTS[0], f",{TEXTS[1]}", f",{TEXTS[2]}", "]"],
    ],
)
def test_q85_a_list_that_is_streamed_an_entry_a_frame_is_read(texts: list[str]) -> None:
    result, _ = folded_bytes(body(*texts, DONE))
    assert (result.text, result.outcome, result.finish_reason) == ("Hello", "completed", "stop")
    assert tells(result, "repaired", "beside a chunk")


def test_q85_a_bracket_alone_casts_no_doubt() -> None:
    begun, rest = (json.dumps(calls(call(0, *who, arguments=piece))) for who, piece in ((("a", "f"), "{"), ((), "}")))
    result, _ = folded_bytes(body("[", begun, ",", rest, "]", json.dumps(finished("tool_calls"))))
    assert result.tool_calls[0].complete


@pytest.mark.parametrize("done", [DONE, json.dumps(DONE)])
@pytest.mark.parametrize("prefix", ["", "data: "])
def test_q85_json_that_is_encoded_twice_is_read(prefix: str, done: str) -> None:
    result, _ = folded_bytes(body(*(json.dumps(prefix + text) for text in TEXTS), done))
    assert (result.text, result.outcome, result.finish_reason) == ("Hello", "completed", "stop")
    assert tells(result, "repaired", "encoded twice")


@pytest.mark.parametrize("text", ['"{broken"', '"{}x"', '"data"', '"[1"'])
def test_q85_a_text_that_is_no_json_stays_one(text: str) -> None:
    result, _ = folded_bytes(body(TEXTS[0], text, *TEXTS[1:]))
    assert (result.text, result.extras["unknown"]) == ("Hello", (json.loads(text),))
    assert tells(result, "undecodable", "text, not a")


@pytest.mark.parametrize("lines", ["\n\n", "\n", "\n\n\n\n", "\r\n\r\n"])
@pytest.mark.parametrize("cut", [1, 7, 4096])
def test_q85_raw_line_ends_in_a_text_end_no_frame(lines: str, cut: int) -> None:
    whole = body(TEXTS[0].replace("Hel", f"Hel{lines}lo: x")) + body(*TEXTS[1:])
    pieces = [whole[at : at + cut] for at in range(0, len(whole), cut)]
    result, _ = folded_chunks(wire.read("chat", pieces))
    assert result.text == f"Hel{lines}lo: xlo".replace("\r\n", "\n")
    assert tells(result, "repaired", "raw control characters")


@pytest.mark.parametrize("then", [b"", b": ping\n\n", b"id: 7\n", b"\n" * 40])
def test_q85_a_frame_that_is_cut_in_a_text_takes_none_along(then: bytes) -> None:
    begun = json.dumps(calls(call(0, "call_a", "f", '{"a":1')))
    result, _ = folded_bytes(sse(calls(call(1, "call_b", "g", "{"))) + body(begun[:-20]) + then + body(*TEXTS))
    assert (result.text, result.tool_calls[0].doubts[-1].doubt) == ("Hello", Doubt.FRAME_LOST)


@pytest.mark.parametrize("line", ["data: {!r}\n\n", "{!r}\n", "{!r}\n\n"])
@pytest.mark.parametrize("text", ["Hello", 'it\'s "so"\n', "naïve\t\\'"])
def test_q85_bytes_that_python_printed_are_read(line: str, text: str) -> None:
    prefix = "" if line.startswith("data") else "data: "
    frames = [delta(content=text), finished()]
    texts = [f"{prefix}{json.dumps(frame, ensure_ascii=False)}\n\n" for frame in frames] + [f"{prefix}[DONE]\n\n"]
    result, _ = folded_bytes("".join(line.format(text.encode()) for text in texts).encode())
    assert (result.text, result.outcome) == (text, "completed")
    assert tells(result, "repaired", "as Python prints them")


@pytest.mark.parametrize("broken", ["b'{", "b'\\q'", "b'x'y'", "b''", "b'\\u0041'", "[1,2", '"x'])
def test_q85_what_only_begins_so_is_noted(broken: str) -> None:
    begun, rest = calls(call(0, "a", "f", "{")), calls(call(0, None, None, "}"))
    result, _ = folded_bytes(sse(begun, broken, rest, finished("tool_calls"), DONE))
    assert tells(result, "undecodable", "not JSON")
    assert result.tool_calls[0].complete is (broken[0] == "b" and "{" not in broken)


# Q84: a chunk in another object.


@pytest.mark.parametrize("name", ["response", "data", "body", "result"])
@pytest.mark.parametrize(
    "wrap", [lambda inner: inner, lambda inner: [inner], json.dumps], ids=["object", "list", "text"]
)
def test_q84_a_chunk_in_another_object_is_read(name: str, wrap: Any) -> None:
    result, _ = folded(*({"code": 0, "msg": "ok", name: wrap(frame)} for frame in (HEL, LO, END)), DONE)
    assert (result.text, result.outcome) == (PLAIN.text, PLAIN.outcome)
    assert result.extras == {"code": 0, "msg": "ok"}
    assert tells(result, "repaired", "inside another object")


def test_q84_a_whole_completion_in_another_object_is_read() -> None:
    whole = {
        "id": "w",
        "object": "chat.completion",
        "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}],
    }
    result, _ = folded_bytes(json.dumps({"success": True, "id": "gw", "result": whole}).encode())
    assert (result.text, result.outcome, result.provider_id) == ("Hi", "completed", "w")
    assert result.extras == {"success": True, "result": {"id": "gw"}}


def test_q84_an_error_in_another_object_fails_the_answer() -> None:
    result, _ = folded(HEL, {"data": {"error": {"message": "boom"}}})
    assert (result.outcome, result.error and result.error.message) == ("failed", "boom")


@pytest.mark.parametrize(
    "frame",
    [
        {"a": HEL, "b": LO},
        {"data": [HEL, LO]},
        {"data": "{"},
        {"data": {"deep": HEL}},
        {"type": "response.created", "response": {"choices": []}},
    ],
)
def test_q84_what_may_be_several_is_kept_and_casts_doubt(frame: Any) -> None:
    result, _ = folded_bytes(sse(frame, finished()))
    assert (result.text, result.extras["unknown"]) == ("", (freeze(frame),))


def test_q84_an_event_in_another_object_is_read() -> None:
    event = {"type": "response.output_text.delta", "output_index": 0, "item_id": "m", "delta": "Hi"}
    made: Any = wire.decoder("responses")({"event": "message", "data": event})
    assert (made.delta, made.extras, made.repairs) == ("Hi", {"event": "message"}, ("a chunk inside another object",))
    assert wire.detect(Frame(json.dumps({"data": event}).encode(), "", 1, 1)) == "responses"
    assert wire.detect(Frame(json.dumps({"data": HEL}).encode(), "", 1, 1)) == "chat"


def test_q84_chunks_of_ollama_s_own_are_read() -> None:
    def own(done: bool = False, **message: Any) -> str:
        said = {"model": "q", "message": {"role": "assistant", **message}, "done": done}
        return json.dumps(said | ({"done_reason": "stop", "eval_count": 2} if done else {})) + "\n"

    entry = {"function": {"name": "look", "arguments": {"city": "Oslo"}}}
    body = own(content="Hel") + own(content="lo") + own(content="", tool_calls=[entry]) + own(done=True, content="")
    result, _ = folded_bytes(body.encode())
    assert (result.text, result.outcome, result.extras) == ("Hello", "completed", {"eval_count": 2})
    assert [(one.name, one.arguments, one.complete) for one in result.tool_calls] == [("look", '{"city":"Oslo"}', True)]


# Law 2: what is of no known kind is counted, and kept.


def test_objects_of_no_known_kind_are_kept_in_order() -> None:
    odd = [{"type": "mystery", "note": "abc"}, {"object": "metrics", "id": "x", "latency": 3}, [1, 2], 5, "hello"]
    result, _ = folded_bytes(sse(HEL, *odd[:2], odd[1], *map(json.dumps, odd[2:]), LO, END))
    assert (result.text, result.extras["unknown"]) == ("Hello", tuple(tuple(o) if type(o) is list else o for o in odd))
    assert tells(result, "kept", "unknown")


def test_what_is_kept_of_no_known_kind_is_bounded() -> None:
    frames = [{"type": "mystery", "n": "x" * 1000, "k": at} for at in range(8)]
    result, _ = folded_bytes(sse(HEL, *frames, END), limits=Limits(extras=5000))
    assert (result.text, len(result.extras["unknown"])) == ("Hel", 4)
    assert tells(result, "ignored", "beyond the limits")


# Q83: an error that is a bare name or a bare text.


@pytest.mark.parametrize("end", [b"event: error\n\n", b"event: error\n", b"event: error\n\ndata: [DONE]\n\n"])
def test_q83_the_name_of_an_error_says_enough(end: bytes) -> None:
    result, _ = folded_bytes(sse(HEL) + end)
    assert (result.text, result.outcome) == ("Hel", "failed")


def test_q83_an_error_with_content_follows_its_bare_name() -> None:
    reason, other = ({"error": {"message": text}} for text in ("the reason", "another"))
    result, _ = folded_bytes(sse(HEL) + b"event: error\n\n" + sse(reason, reason, other))
    assert result.error is not None
    assert (result.error.message, result.outcome) == ("the reason", "failed")
    assert [note.detail for note in noted(result, "ignored")] == ["a further error: another"]


@pytest.mark.parametrize(
    "text",
    ["Error: upstream exploded", "Internal Server Error", '"Internal Server Error"', "error: 503", "upstream reset"],
)
def test_q83_a_text_in_a_frame_s_place_is_an_error(text: str) -> None:
    for end in (body(text), body(text, DONE)):
        result, _ = folded_bytes(sse(HEL) + end)
        assert (result.text, result.outcome) == ("Hel", "failed")
        assert result.error is not None
        assert result.error.message == text.strip('"')


def test_q83_a_text_behind_a_stream_is_the_error_that_it_says() -> None:
    result, _ = folded_bytes(sse(HEL) + b"upstream connect error or disconnect/reset before headers\n")
    assert (result.text, result.outcome) == ("Hel", "failed")


@pytest.mark.parametrize("text", ["keepalive", "OPENROUTER PROCESSING", "no errors so far"])
def test_q83_another_text_in_a_frame_s_place_is_none(text: str) -> None:
    result, _ = folded_bytes(body(TEXTS[0], text, *TEXTS[1:]))
    assert (result.text, result.outcome) == ("Hello", "completed")
