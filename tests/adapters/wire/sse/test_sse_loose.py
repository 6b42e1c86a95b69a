"""Streams whose frames are not set off as they should be: each kind, at every cut, by both decoders."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold.adapters import wire
from streamfold.adapters.cassette.recording import MESSAGE_ID, recording_of
from streamfold.adapters.wire.decoder import chunks_of
from streamfold.reducer import Result, Undecodable, chat, fold, responses
from support.adapters.cassettes import recorded
from support.adapters.command_runs import joined, replay, write
from support.adapters.decoders import Make, both

BOM = b"\xef\xbb\xbf"
CONFIGS: dict[str, Any] = {
    "chat": chat.Config(message_id=MESSAGE_ID),
    "responses": responses.Config(message_id=MESSAGE_ID),
}
MACHINES: dict[str, Any] = {"chat": chat, "responses": responses}


def piece(text: str, **choice: Any) -> str:
    """A chunk that gives a text."""
    return json.dumps({"id": "c", "choices": [{"index": 0, "delta": {"content": text}, **choice}]}, ensure_ascii=False)


ONE, TWO, END = piece("One"), piece(" twö"), piece("", finish_reason="stop")
WHOLE = json.dumps({"object": "chat.completion", "choices": [{"message": {"content": "One twö"}}]})
DELTA = '{"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": "%s"}'
RESPONSE = (
    '{"object": "response", "status": "completed", "output": [{"type": "message", "id": "m", "content":'
    ' [{"type": "output_text", "text": "One twö"}]}]}'
)
COMPLETED = json.dumps({"type": "response.completed", "response": json.loads(RESPONSE)}, ensure_ascii=False)
PRETTY = json.dumps(json.loads(WHOLE), indent=2, ensure_ascii=False)

# By the name of each kind: the stream, and the note that a fold of it has
LOOSE = {
    "one newline between frames": (f"data: {ONE}\ndata: {TWO}\ndata: {END}\ndata: [DONE]\n\n", "without a blank line"),
    "one newline, no blank after the colon": (
        f"data:{ONE}\ndata:{TWO}\ndata:{END}\ndata:[DONE]",
        "without a blank line",
    ),
    "one newline now and then": (f"data: {ONE}\n\ndata: {TWO}\ndata: {END}\n\ndata: [DONE]\n", "without a blank line"),
    "one newline and ids": (f"id: 1\ndata: {ONE}\nid: 2\ndata: {TWO}\nid: 3\ndata: {END}\n\ndata: [DONE]\n\n", "blank"),
    "one newline and comments": (f"data: {ONE}\n: hi\ndata: {TWO}\n: ho\ndata: {END}\ndata: [DONE]\n", "blank line"),
    "one newline after a line that is broken": (
        f'data: {{"id": "c", "choices": [{{"delta": {{"content": "lost\ndata: {ONE}\ndata: {TWO}\ndata: {END}\n',
        "blank line",
    ),
    "one newline after a line cut outside a text": (
        f'data: {{"id": "c", "choices": [\ndata: {ONE}\ndata: {TWO}\ndata: {END}\n\n',
        "blank line",
    ),
    "one newline after a ping": (f"data: ping\ndata: {ONE}\ndata: {TWO}\ndata: {END}\n\n", "blank line"),
    "glued": (f"data: {ONE}{TWO}{END}\n\ndata: [DONE]\n\n", "several values"),
    "glued with blanks": (f"data: {ONE} {TWO}\t{END}\n\ndata: [DONE]\n\n", "several values"),
    "glued with commas": (f"data: {ONE},{TWO},{END}\n\n", "several values"),
    "glued with the name of the field": (f"data: {ONE}data: {TWO}data: {END}data: [DONE]\n\n", "several values"),
    "glued to the done marker": (f"data: {ONE}\n\ndata: {TWO}\n\ndata: {END}[DONE]\n\n", "several values"),
    "glued to one that is broken": (
        f'data: {ONE}\n\ndata: {{"id":"c","choices":[{{"delta":{{"content":"lost{TWO}\n\ndata: {END}\n\n',
        "several values",
    ),
    "glued before one that is broken": (
        f'data: {ONE}{TWO}{{"id":"c","choices":[{{"delta":{{"content":"lo\n\ndata: {END}\n\n',
        "several values",
    ),
    "the field's name twice": (
        f"data: data: {ONE}\n\ndata: data:{TWO}\n\ndata: {END}\n\ndata: data: [DONE]\n\n",
        "once",
    ),
    "a list": (f"data: [{ONE}, {TWO}]\n\ndata: [{END}]\n\ndata: [DONE]\n\n", "a list of chunks"),
    "a list without a frame": (f"[{ONE},\n{TWO},\n{END}]\n", "a list of chunks"),
    "JSON over several data lines, then more": (
        "".join(f"data: {line}\n" for line in PRETTY.split("\n")) + f"data: {END}\n\n",
        "a whole message",
    ),
    "a whole body and frames": (f"{WHOLE}\n\ndata: {END}\n\ndata: [DONE]\n\n", "JSON without `data:`"),
    "a whole body and one newline": (f"{WHOLE}\ndata: {END}\ndata: [DONE]\n\n", "JSON without `data:`"),
    "a pretty body": (f"{PRETTY}\n", "JSON without `data:`"),
    "a pretty body and frames": (f"{PRETTY}\n\ndata: {END}\n\ndata: [DONE]\n\n", "JSON without `data:`"),
    "frames and a pretty body": (f": hi\n\ndata: {piece('')}\n\n{PRETTY}\n\ndata: {END}\n\n", "JSON without `data:`"),
    "frames and a body without end": (f"data: {ONE}\n\ndata: {END}\n\n{WHOLE}", "JSON without `data:`"),
    "JSON lines and frames": (f"{ONE}\n{TWO}\ndata: {END}\n\ndata: [DONE]\n\n", "JSON without `data:`"),
    "a text with a line end in it": (
        'data: {"choices": [{"delta": {"content": "One tw"}}]}\n\n'
        'data: {"choices": [{"delta": {"content": "ö"\n}}]}\n\n' + f"data: {END}\n\n",
        "a line of data without `data:`",
    ),
    "a name in other letters": (f"Data: {ONE}\n\n data: {TWO}\n\nDATA : {END}\n\n", ""),
    "a page beside the frames": (f"data: {ONE}\n\n<html>\n<p>Bad</p>\n\ndata: {TWO}\n\ndata: {END}\n\n", ""),
    "a ping first": ('data: {"type": "ping"}\n\n' + f"data: {ONE}\n\ndata: {TWO}\n\ndata: {END}\n\n", ""),
    "a keepalive first": ('data: {"type": "keepalive"}\n' + f"data: {ONE}\ndata: {TWO}\ndata: {END}\n\n", "blank line"),
    "no frame at all": (f"{ONE}\n{TWO}\n{END}\n[DONE]\n", ""),
    "text completions": (
        'data: {"object": "text_completion", "choices": [{"index": 0, "text": "One"}]}\n\n'
        'data: {"object": "text_completion", "choices": [{"index": 0, "text": " twö", "finish_reason": "stop"}]}\n\n',
        "",
    ),
    "a text completion whole": (
        '{"object": "text_completion", "choices": [{"index": 0, "text": "One twö", "finish_reason": "stop"}]}',
        "",
    ),
    "events with one newline": (
        f"event: response.output_text.delta\ndata: {DELTA % 'One'}\n"
        f"event: response.output_text.delta\ndata: {DELTA % ' twö'}\nevent: response.completed\ndata: {COMPLETED}\n",
        "without a blank line",
    ),
    "events with one newline and no name": (f"data: {DELTA % 'One'}\ndata: {COMPLETED}\ndata: [DONE]", "blank line"),
    "events, a keepalive first": ('data: {"type":"keepalive"}\n\n' + f"data: {COMPLETED}\n\n", ""),
    "events glued": (f"data: {DELTA % 'One'}{DELTA % ' twö'}\n\ndata: {COMPLETED}\n\n", "several values"),
    "a whole response": (RESPONSE, "a whole response in place"),
    "a whole response in a frame": (f"data: {RESPONSE}\n\ndata: [DONE]\n\n", ""),
    "a whole response in a frame of its name": (f"event: response.completed\ndata: {RESPONSE}\n\n", ""),
    "a whole response after frames": (f"data: {DELTA % 'One'}\n\ndata: {RESPONSE}\n\ndata: [DONE]\n\n", ""),
    "a pretty response": (json.dumps(json.loads(RESPONSE), indent=1), "JSON without `data:`"),
}
RESPONSES = [name for name in LOOSE if "response" in name or "events" in name]
UNENDED = {"a pretty body"}  # whose answer has no finish word
every = pytest.mark.parametrize("kind", LOOSE)


def name_of(kind: str) -> str:
    return "responses" if kind in RESPONSES else "chat"


def folded(name: str, chunks: Any) -> Result:
    state, _ = fold(MACHINES[name], CONFIGS[name], chunks)
    result = MACHINES[name].result(state)
    assert isinstance(result, Result)
    return result


def unnumbered(chunks: Any) -> list[Any]:
    """The chunks, where a reason does not say which frame it is about."""
    return [Undecodable(one.reason.partition("): ")[2]) if isinstance(one, Undecodable) else one for one in chunks]


def read(name: str, decoder: Make, pieces: list[bytes]) -> Iterator[Any]:
    """What `wire.read` gives, by one decoder or the other."""
    decode = decoder(name)
    for frame in wire.frames(pieces):
        for _, chunk in chunks_of(frame, decode):
            yield chunk


@both
def test_an_error_frame_with_a_second_value_glued_on_is_an_error(decoder: Make) -> None:
    failed = RESPONSE.replace('"completed"', '"failed"')
    error = '{"type": "error", "code": "rate_limit_exceeded", "message": "Slow down."}'
    body = f'event: error\ndata: {error}{{"type": "response.failed", "response": {failed}}}\n\n'
    result = folded("responses", read("responses", decoder, [body.encode()]))
    assert result.outcome == "failed"
    assert result.error == folded("responses", read("responses", decoder, [f"data: {error}\n\n".encode()])).error


@both
@every
def test_what_is_loosely_framed_is_read(decoder: Make, kind: str) -> None:
    body, note = LOOSE[kind]
    result = folded(name_of(kind), read(name_of(kind), decoder, [body.encode()]))
    assert result.text == "One twö"
    assert result.outcome == ("truncated" if kind in UNENDED else "completed")
    repaired = [one.detail for one in result.diagnostics if one.kind == "repaired"]
    assert not note or any(note in detail for detail in repaired), repaired


@pytest.mark.deep
@every
def test_it_is_the_same_at_every_cut(kind: str) -> None:
    name, body = name_of(kind), LOOSE[kind][0].encode()
    chunks = list(wire.read(name, [body]))
    for cut in range(len(body) + 1):
        assert list(wire.frames([body[:cut], body[cut:]])) == list(wire.frames([body]))
    assert list(wire.read(name, [body[at : at + 1] for at in range(len(body))])) == chunks
    lines = body.splitlines(keepends=True)
    assert list(wire.read(name, lines)) == chunks


@both
@every
def test_line_ends_and_byte_order_marks_change_nothing(decoder: Make, kind: str) -> None:
    name, body = name_of(kind), LOOSE[kind][0].encode()
    chunks = unnumbered(wire.read(name, [body]))
    for end in (b"\n", b"\r\n", b"\r"):
        other = body.replace(b"\n", end)
        for way in (other, BOM + other, other.removesuffix(end), b"\n" + other):
            assert unnumbered(read(name, decoder, [way])) == chunks
            assert unnumbered(read(name, decoder, [way[at : at + 3] for at in range(0, len(way), 3)])) == chunks


@pytest.mark.deep
@every
def test_every_prefix_can_be_read(kind: str) -> None:
    name, body = name_of(kind), LOOSE[kind][0].encode()
    for cut in range(len(body)):
        result = folded(name, wire.read(name, [body[:cut]]))
        assert "One twö".startswith(result.text) or result.text == "\ufffd"
        assert result.outcome in ("truncated", "completed")


@every
def test_it_is_read_by_every_way_in(capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str) -> None:
    name, body = name_of(kind), LOOSE[kind][0].encode()
    chunks = list(wire.read(name, [body]))

    async def pieces() -> Any:
        yield body

    async def collect() -> list[Any]:
        return [chunk async for chunk in wire.chunks(name, pieces())]

    assert anyio.run(collect) == chunks
    recording = recording_of(body)
    assert (recording.wire, recording.chunks) == (name, tuple(chunks))
    assert len(recording.frames) == len(recording.sent) == len(chunks)
    sent = b"".join(recording.sent)
    assert sent == body or body[:1] in (b"{", b"[")
    assert folded(name, wire.read(name, [sent])).text == "One twö"
    lines = replay(capsys, write(tmp_path, body))
    assert "".join(part["text"] for part in lines[-1]["content"]) == "One twö"
    assert joined(lines, "assistant_message", "content") == "One twö"


@every
def test_a_cassette_of_such_frames_is_read(kind: str) -> None:
    name, body = name_of(kind), LOOSE[kind][0].encode()
    tape = recorded(*wire.frames([body]), wire=name, config=CONFIGS[name])
    found = recording_of(tape)
    assert folded(name, found.chunks).text == "One twö"
    assert len(found.chunks) == len(found.frames) == len(found.sent) == len(found.times or ())
    data = [line.partition("data: ")[2] for line in LOOSE["glued"][0].split("\n") if line]
    glued = recording_of(recorded(*(line.encode() for line in data)))
    assert folded("chat", glued.chunks).text == "One twö"


def test_a_frame_comes_as_soon_as_the_next_field_does() -> None:
    framer = wire.Framer()
    assert framer.feed(f"data: {ONE}\n".encode()) == []
    assert [frame.data for frame in framer.feed(b"data: [DONE]\n")] == [ONE.encode()]
    assert [frame.data for frame in framer.feed(b"data: x\n")] == [b"[DONE]"]
    assert [frame.data for frame in framer.feed(f"data: {TWO}\ndata: {END}\n".encode())] == [b"x\n" + TWO.encode()]
    assert [frame.data for frame in framer.feed(b"event: a\n: x\n")] == []
    assert [(frame.data, frame.event) for frame in framer.feed(b"\n")] == [(END.encode(), "a")]


@both
def test_a_line_end_in_a_text_is_text(decoder: Make) -> None:
    frames = 'data: {"choices": [{"delta": {"content": "a\nb: c\n\x01"}}]}\ndata: [DONE]\n\n'
    for end in ("\n", "\r\n"):
        result = folded("chat", read("chat", decoder, [frames.replace("\n", end).encode()]))
        assert (result.text, result.outcome) == ("a\nb: c\n\x01", "completed")
    torn = 'data: {"choices": [{"delta": {"content": "lo\n: keepalive\nst"}}]}\n\n'
    (chunk,) = read("chat", decoder, [torn.encode()])
    assert isinstance(chunk, Undecodable)


@both
@pytest.mark.parametrize(
    ("body", "text", "why"),
    [
        ('data: %s\n\nerror: {"code": 500, "message": "no context"}\n\ndata: [DONE]\n\n', "One", "no context"),
        ("data: %s\nerror: the server died\ndata: [DONE]\n", "One", "the server died"),
        ("data: %s\n\nError: the server died", "One", "the server died"),
        ('data: %s\n\n{"error": {"message": "no"}}\n', "One", "no"),
        ('data: %s\n\n{\n  "error": {\n    "message": "no"\n  }\n}\n', "One", "no"),
        ('data: %s\n\n[{\n  "error": {\n    "message": "no"\n  }\n}]\n', "One", "no"),
        ('data: %s{"error": {"message": "no"}}\n\n', "One", "no"),
        ('data: %s\ndata: {\ndata:  "error": "no"}\n\n', "One", "no"),
        ('{\n "error": {"message": "no %%"}\n}', "", "no %"),
        ('[{"error": {"message": "no %%"}}]', "", "no %"),
        ('[\n{\n"error": {"message": "no %%"}}\n]\n', "", "no %"),
        ('data: [{"error": {"message": "no %%"}}]\n\n', "", "no %"),
        ("event: error\ndata: no %%\n\n", "", "no %"),
        ("<html>\n<h1>no %%</h1>\n\n</html>\n", "", "no %"),
        ("data: %s\n\n<html>no</html>\n", "One", "no"),
    ],
)
def test_errors_are_read_however_they_are_framed(decoder: Make, body: str, text: str, why: str) -> None:
    raw = (body % (ONE if text else ())).encode()
    for pieces in ([raw], [raw[at : at + 1] for at in range(len(raw))], raw.replace(b"\n", b"\r\n").splitlines(True)):
        result = folded("chat", read("chat", decoder, pieces))
        assert (result.outcome, result.text) == ("failed", text)
        assert result.error is not None
        assert result.error.message == why


@pytest.mark.parametrize("body", ["<h1>502 Bad Gateway</h1>\n", "upstream died", "upstream: died\n"])
@pytest.mark.parametrize("name", ["chat", "responses"])
def test_bytes_that_are_no_frames_reach_the_fold(body: str, name: str) -> None:
    chunks = list(wire.read(name, [body.encode()]))
    assert chunks
    assert all(isinstance(chunk, Undecodable) for chunk in chunks)
    result = folded(name, chunks)
    assert (result.outcome, [note.kind for note in result.diagnostics]) == ("truncated", ["undecodable"])


def test_an_event_s_name_goes_to_the_data_that_it_stands_with() -> None:
    def named(body: str) -> list[tuple[bytes, str]]:
        return [(frame.data, frame.event) for frame in wire.frames([body.encode()])]

    assert named("event: a\ndata: {}\nevent: b\ndata: []\n") == [(b"{}", "a"), (b"[]", "b")]
    assert named("data: {}\nevent: a\n\ndata: []\nevent: b\n\n") == [(b"{}", "a"), (b"[]", "b")]
    assert named("data: {}\nevent: b\ndata: []\n\n") == [(b"{}", ""), (b"[]", "b")]
    assert named("data: {}\nevent: b") == [(b"{}", "")]
    assert named("data: {\nevent: b\ndata: }\n\n") == [(b"{\n}", "b")]
    assert named("{}\nevent: b\ndata: []\n\n") == [(b"{}", ""), (b"[]", "b")]
