"""What no fold reads, read naively from decoded JSON: where a result has to have it, and which losses are seen."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters import wire
from streamfold.adapters.laws.kept.oracle_kept import lost_of_chat, lost_of_events, of_chunks
from streamfold.reducer import Undecodable, chat, fold, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.result import Result
from streamfold.reducer.values.json_values import FrozenObject
from support.chat_shapes import call, choice, chunk, delta, finished
from support.event_shapes import begun, completed, created, failed, item_done, message, text_delta
from support.law_checks import MESSAGE_ID

CHAT = chat.Config(message_id=MESSAGE_ID)
EVENTS = responses.Config(message_id=MESSAGE_ID)
CALL = call(index=0, id="a", name="f", arguments="{}", vendor="v")
SEEN = "response.output_text.delta"
Change = Callable[[Result], Result]


def result_of(*frames: Any) -> Result:
    machine, name, config = (chat, "chat", CHAT) if "choices" in frames[0] else (responses, "responses", EVENTS)
    decode = wire.decoder(name)
    state, _ = fold(machine, config, [decode(frame) for frame in frames])
    return machine.result(state)


def lost(*frames: Any, change: Change = lambda result: result) -> str | None:
    judge, config = (lost_of_chat, CHAT) if "choices" in frames[0] else (lost_of_events, EVENTS)
    return judge(frames, config, change(result_of(*frames)))


def without_extras(result: Result) -> Result:
    return evolve(result, extras=FrozenObject())


def without_extras_of_items(result: Result) -> Result:
    bare = FrozenObject()
    calls = [item.call and evolve(item.call, extras=bare) for item in result.output]
    output = [evolve(item, extras=bare, call=own) for item, own in zip(result.output, calls, strict=True)]
    return evolve(result, output=tuple(output))


def without_members(result: Result) -> Result:
    return evolve(result, output=tuple(evolve(item, item=FrozenObject()) for item in result.output))


def without_notes(result: Result) -> Result:
    return evolve(result, diagnostics=())


@pytest.mark.parametrize(
    ("frames", "change", "wrong"),
    [
        ([delta(content="A") | {"provider": "P"}], without_extras, "provider is None"),
        ([chunk(choice(content="A") | {"seed": 7})], without_extras, "choice.seed is None"),
        ([delta(content="A", images=[1])], without_extras, "choice.delta.images is None"),
        ([delta(content=[{"type": "image", "url": "u"}])], without_extras, "choice.delta.content is None"),
        ([delta(function_call={"name": "f", "strict": True})], without_extras, "choice.delta.function_call.strict"),
        ([delta(content="A") | {"x_groq": {"id": "g", "usage": None}}], without_extras, "x_groq.id is None"),
        ([delta(content="A", extra_content={"google": {"thought": True, "n": 1}})], without_extras, "google.n is None"),
        ([delta(tool_calls=[CALL])], without_extras_of_items, "vendor is None"),
        ([delta(tool_calls=[{**CALL, "index": None}])], without_extras_of_items, "vendor lacks ['v']"),
        ([delta(content="A") | {"provider": "P"}], without_notes, "provider is named by no diagnostic"),
        ([delta(tool_calls=[CALL])], without_notes, "vendor is named by no diagnostic"),
        ([created() | {"trace": 1}], without_extras, "trace is None"),
        ([created(), {"type": "keepalive", "sent": 1}], without_extras, "sent lacks [1]"),
        ([created(), {"type": "response.new", "sent": 1}], without_extras, "events.response.new.sent lacks [1]"),
        ([created(), text_delta("A") | {"rank": 1}], without_extras_of_items, "rank is None"),
        ([created(), text_delta("A") | {"rank": 1, "item_id": None}], without_extras_of_items, "rank lacks [1]"),
        ([created(), text_delta("A") | {"rank": 1}], without_notes, "rank is named by no diagnostic"),
        (
            [created(), begun(message(0, role=None, vendor="v"))],
            without_members,
            "an item's vendor is [None], and 'v' came",
        ),
    ],
)
def test_a_member_that_is_lost_is_seen(frames: Any, change: Change, wrong: str) -> None:
    assert lost(*frames) is None
    assert wrong in str(lost(*frames, change=change))


def test_what_is_read_or_has_a_reason_is_not_asked_for() -> None:
    read = delta(content="A", role="assistant", reasoning="R") | {"created": 5, "obfuscation": "x", "usage": {"n": 1}}
    assert lost(read, finished(), change=without_extras) is None
    echo = completed(message(0, "A"))
    echo["response"] |= {"instructions": "Be kind.", "temperature": 1}
    assert lost(created(), text_delta("A"), echo, change=without_extras) is None


def test_other_choices_and_errors_are_not_asked_for() -> None:
    other = chunk(choice(content="A") | {"index": 1, "seed": 7})
    assert lost(delta(content="A"), other, change=without_extras) is None
    error = {"choices": [], "error": {"message": "no"}, "vendor": "v"}
    assert lost(error, change=without_extras) is None
    frames = [created(), text_delta("A") | {"rank": 1}, failed()]
    assert lost(*frames, change=without_extras_of_items) is None


def test_beyond_the_limits_nothing_is_said() -> None:
    many = delta(content="A") | {f"n{at}": at for at in range(2000)}
    assert lost(many, change=lambda result: evolve(result, extras=FrozenObject())) is None


def test_after_a_limit_that_ended_the_fold_nothing_is_said() -> None:
    config = evolve(CHAT, limits={"characters": 1})
    frames = [delta(content="AB"), delta(content="C") | {"provider": "P"}]
    state, _ = fold(chat, config, [wire.decoder("chat")(frame) for frame in frames])
    assert chat.result(state).extras == {}
    assert lost_of_chat(frames, config, chat.result(state)) is None


def test_an_event_that_is_delivered_again_says_nothing_new() -> None:
    first, second = (text_delta("A") | {"sequence_number": at, "rank": at} for at in (1, 2))
    assert lost(created(), first, second, first) is None


def test_an_item_has_what_was_last_said_of_it() -> None:
    item = message(0, "A")
    frames = [created(), begun(item | {"group": 1}), item_done(item | {"group": 2}), completed(item | {"group": None})]
    assert result_of(*frames).output[0].item["group"] == 2
    assert lost(*frames) is None


def test_chunks_are_judged_by_the_json_that_they_are_of() -> None:
    chunks = [Chunk(choices=(Choice(delta=Delta(content="A", extras={"n": 1})),))]
    state, _ = fold(chat, CHAT, chunks)
    assert of_chunks(chunks, CHAT, chat.result(state)) is None
    assert "choice.delta.n is None" in str(of_chunks(chunks, CHAT, without_extras(chat.result(state))))
    assert of_chunks([], CHAT, Result()) is None


def test_a_number_that_is_none_may_be_kept_of_an_unknown_event() -> None:
    assert lost(created(), {"type": "r", "sequence_number": "s"}) is None
    assert lost(created(), {"type": "r", "sequence_number": "s", "rank": 1}) is None


@pytest.mark.parametrize(("machine", "config"), [(chat, CHAT), (responses, EVENTS)])
def test_json_that_is_no_chunk_is_kept_in_order(machine: Any, config: Any) -> None:
    came: list[Any] = [7, {"odd": [1]}, {"odd": [1]}, None, {}, "so"]
    chunks = [Undecodable("not a chunk", json=json, lost=False) for json in came]
    state, _ = fold(machine, config, chunks)
    result = machine.result(state)
    assert result.extras == {"unknown": (7, {"odd": (1,)}, "so")}
    assert [(note.kind, note.detail) for note in result.diagnostics if note.kind == "kept"] == [("kept", "unknown")]
    assert of_chunks(chunks, config, result) is None
    assert "unknown is None" in str(of_chunks(chunks, config, without_extras(result)))
    assert "unknown is named by no" in str(of_chunks(chunks, config, evolve(result, diagnostics=())))
