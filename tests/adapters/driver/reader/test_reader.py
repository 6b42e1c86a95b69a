"""Objects that an upstream gives: chunks, JSON, frames as objects, and the chunks of another wire."""

import logging
from dataclasses import dataclass
from typing import Any

import pytest
from streamfold.adapters.driver.reader import Reader
from streamfold.reducer import Done, Undecodable, chat, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.responses.event import Event

HI = {"choices": [{"index": 0, "delta": {"content": "Hi"}}]}
SAYS = Chunk(choices=(Choice(index=0, delta=Delta(content="Hi")),))
DELTA = {"type": "response.output_text.delta", "delta": "Hi"}
MESSAGES = [
    {
        "type": "message_start",
        "message": {"id": "msg", "role": "assistant", "content": [], "usage": {"input_tokens": 1}},
    },
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
    {"type": "message_stop"},
]


@dataclass
class ServerSentEvent:
    """As httpx-sse and sseclient have it."""

    data: Any
    event: str = "message"
    id: str | None = None


def only(machine: Any, raw: object) -> Any:
    (chunk,) = Reader(machine).read(raw)
    return chunk


@pytest.mark.parametrize("raw", [SAYS, Done(), Undecodable("torn"), HI, {"data": HI}, {"event": "x", "data": HI}])
def test_chunks_and_json_are_a_chunk_each(raw: Any) -> None:
    assert only(chat, raw) == (raw if not isinstance(raw, dict) else SAYS)


def test_a_server_sent_event_is_read_by_its_data_and_name() -> None:
    text = '{"choices": [{"index": 0, "delta": {"content": "Hi"}}]}'
    assert only(chat, ServerSentEvent(text)) == only(chat, ServerSentEvent(text.encode())) == SAYS
    assert only(chat, ServerSentEvent(HI)) == SAYS
    assert only(chat, ServerSentEvent("[DONE]")) == Done()
    assert only(chat, ServerSentEvent('{"message": "boom"}', "error")).error == {"message": "boom"}
    assert only(responses, ServerSentEvent('{"delta": "Hi"}', DELTA["type"])) == Event(**DELTA)
    both = list(Reader(chat).read(ServerSentEvent(text + text)))
    assert [chunk.choices for chunk in both] == [SAYS.choices] * 2


@pytest.mark.parametrize(
    ("machine", "raws"),
    [
        (responses, [HI, HI]),
        (responses, [SAYS]),
        (responses, MESSAGES),
        (chat, [DELTA]),
        (chat, [Event(**DELTA)]),
        (chat, MESSAGES),
        (chat, [b'data: {"type": "response.output_text.delta", "delta": "Hi"}\n\n']),
        (chat, [object()]),
    ],
)
def test_of_another_wire_nothing_is_read_and_one_warning_says_so(
    machine: Any, raws: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    reader = Reader(machine)
    with caplog.at_level(logging.WARNING, "streamfold"):
        for raw in raws:
            list(reader.read(raw))
    assert (reader.decoded, reader.undecoded) == (0, sum(raw != {"type": "ping"} for raw in raws))
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        f"the stream begins with what the wire {'chat' if machine is chat else 'responses'!r} cannot read"
    ]


def test_what_cannot_be_read_later_on_is_no_other_wire(caplog: pytest.LogCaptureFixture) -> None:
    reader = Reader(chat)
    for raw in (HI, object(), DELTA):
        list(reader.read(raw))
    assert (reader.decoded, reader.undecoded) == (1, 2)
    assert caplog.records == []


@pytest.mark.parametrize("raw", [HI, {"error": "boom"}, {"usage": {"prompt_tokens": 1}}, {"model": "m", "choices": []}])
def test_what_a_fold_reads_counts_as_decoded(raw: Any) -> None:
    reader = Reader(chat)
    list(reader.read(raw))
    assert reader.decoded == 1


@pytest.mark.parametrize("kind", ["response.output_text.delta", "response.of.the.future", "error"])
def test_events_of_responses_count_as_decoded_also_new_ones(kind: str) -> None:
    reader = Reader(responses)
    list(reader.read({"type": kind}))
    assert (reader.decoded, reader.undecoded) == (1, 0)


@pytest.mark.parametrize(("machine", "kind"), [(chat, "ping"), (responses, "ping"), (responses, "keepalive")])
def test_a_sign_of_life_counts_as_nothing(machine: Any, kind: str) -> None:
    reader = Reader(machine)
    list(reader.read({"type": kind}))
    assert (reader.decoded, reader.undecoded) == (0, 0)
