"""A message's bytes by msgspec are those that the standard library's encoder gives, whatever the texts and the date."""

import re
import sys
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from streamfold.adapters.json_text import dumps
from streamfold.adapters.protocols import letta
from streamfold.adapters.protocols.letta_bytes import json_bytes
from streamfold.adapters.visible import STEERING
from streamfold.reducer import Doubt, Doubted
from streamfold.reducer.messages import (
    AnnotationMessage,
    ApprovalRequestMessage,
    AssistantMessage,
    HiddenReasoningMessage,
    Message,
    ReasoningMessage,
    RefusalMessage,
    ServerToolMessage,
    StopReason,
    ToolCallClosed,
    ToolCallDelta,
    ToolCallMessage,
)
from streamfold.reducer.values.json_values import freeze
from support.adapters.letta_messages import APPROVAL, CALL, IDS, KNOWN, NOON, OWN, REASONING, TEXT, stop
from support.json_texts import json_values

HOSTILE = '\x00\x08\t\n\x0b\x0c\r\x1b\x1f"\\/\x7f\x85\x9b\u00a0\u061c\u200d\u2028\u2029\u2066\ufeff\ufff9\U000e0041é€😀'
HALVES = "\ud800\ud83d\udbff\udc00\ude00\udfff"


def texts(letters: str) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(letters) | st.characters(codec="utf-8"), max_size=12) | st.builds(
        str.__mul__, st.sampled_from(letters), st.integers(0, 9_000)
    )


def messages(text: st.SearchStrategy[str]) -> st.SearchStrategy[Message]:
    maybe = st.none() | text
    ids = (text, text, maybe, maybe)
    json = json_values.map(freeze) | text
    source: st.SearchStrategy[Any] = st.sampled_from(["reasoner_model", "non_reasoner_model"])
    delta = st.builds(ToolCallDelta, maybe, maybe, text)
    return st.one_of(
        st.builds(ReasoningMessage, *ids, text, source, maybe),
        st.builds(HiddenReasoningMessage, *ids),
        st.builds(AssistantMessage, *ids, text, maybe),
        st.builds(RefusalMessage, *ids, text),
        st.builds(ToolCallMessage, *ids, delta),
        st.builds(ApprovalRequestMessage, *ids, delta),
        st.builds(ServerToolMessage, *ids, text, maybe, maybe, json, json),
        st.builds(AnnotationMessage, *ids, json),
        st.builds(ToolCallClosed, text, maybe, maybe, text, st.just((Doubted(Doubt.FRAME_LOST),))),
        st.builds(StopReason, *ids, st.sampled_from(["cancelled", "error", "llm_api_error"]), maybe),
    )


OFFSETS = st.builds(
    timezone, st.timedeltas(timedelta(hours=-23, minutes=-59), timedelta(hours=23, minutes=59)), st.just("somewhere")
)
ZONES: st.SearchStrategy[tzinfo | None] = st.none() | st.just(UTC) | st.just(timezone(timedelta(0))) | OFFSETS
DATES = st.none() | st.datetimes(timezones=ZONES)


def by_the_library(message: Message, date: datetime | None) -> bytes | None:
    shown = letta.to_json(message, date)
    return None if shown is None else dumps(shown).encode()


@given(messages(texts(HOSTILE + HALVES)), DATES)
@example(AssistantMessage("é", "\x7f", '"date":', "\u2028", '"date":'), None)
@example(AssistantMessage("i", "\x9b", None, None, "é"), NOON)
def test_a_frame_is_what_the_library_writes(message: Message, date: datetime | None) -> None:
    said = by_the_library(message, date)
    framed = letta.message_frame(message, date)
    assert framed == (None if said is None else b"data: " + said + b"\n\n")
    assert list(letta.sse([message], lambda: date or NOON, own_types=True))[:-2] == [
        letta.frame(shown)
        for shown in [letta.to_json(message, date or NOON)]
        if shown is not None and not isinstance(message, StopReason)
    ]
    assert json_bytes(message, date) in (None, said)


@given(messages(texts(HOSTILE)), DATES)
def test_pieces_of_an_answer_are_written_by_msgspec(message: Message, date: datetime | None) -> None:
    frequent = isinstance(message, (ReasoningMessage, AssistantMessage, ToolCallMessage, ApprovalRequestMessage))
    assert json_bytes(message, date) == (by_the_library(message, date) if frequent else None)


def test_every_character_is_written_alike() -> None:
    for start in range(0, 0x110000, 0x800):
        if start != 0xD800:
            message = AssistantMessage(*IDS, "".join(map(chr, range(start, start + 0x800))))
            assert json_bytes(message, NOON) == by_the_library(message, NOON)


def test_each_character_that_is_escaped_is_found_alone() -> None:
    steering = set(re.findall(f"[{STEERING}]", "".join(map(chr, range(0x110000)))))
    assert len(steering) > 100
    for one in steering - {chr(half) for half in range(0xD800, 0xE000)}:
        for message in (AssistantMessage(*IDS, one), AssistantMessage(one, "otid", None, None, "x")):
            assert json_bytes(message, NOON) == by_the_library(message, NOON)


@pytest.mark.parametrize("message", [REASONING, TEXT, CALL, APPROVAL], ids=lambda one: one.message_type)
@pytest.mark.parametrize(
    "date",
    [
        None,
        NOON,
        NOON.replace(microsecond=1),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime.max,
        datetime.max.replace(tzinfo=UTC),
        datetime(2026, 7, 1, 12, 0, 0, 120_000, ZoneInfo("Europe/Berlin")),
        datetime(2026, 1, 1, 12, tzinfo=ZoneInfo("Europe/London")),
        datetime(1880, 1, 1, tzinfo=timezone(timedelta(minutes=53, seconds=28))),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(microseconds=-1))),
    ],
    ids=str,
)
def test_a_date_is_its_iso_text(message: Message, date: datetime | None) -> None:
    assert json_bytes(message, date) == by_the_library(message, date)


def test_a_date_of_another_class_has_the_word() -> None:
    class Odd(datetime):
        def isoformat(self, *_: Any, **__: Any) -> str:
            return 'at "noon"'

    date = Odd(2026, 1, 1, tzinfo=UTC)
    said = json_bytes(TEXT, date)
    assert said is not None
    assert b'"date":"at \\"noon\\""' in said
    assert said == by_the_library(TEXT, date)


@pytest.mark.parametrize("half", HALVES)
def test_half_of_a_pair_is_left_to_the_library(half: str) -> None:
    for message in (AssistantMessage(*IDS, half), AssistantMessage(half, *IDS[1:], "x")):
        assert json_bytes(message, NOON) is None
        framed = letta.message_frame(message, NOON)
        assert framed is not None
        assert f"\\u{ord(half):04x}".encode() in framed


def test_without_msgspec_the_frames_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(str(letta.__file__))
    monkeypatch.setitem(sys.modules, "msgspec", None)
    monkeypatch.delitem(sys.modules, json_bytes.__module__)
    package = "streamfold.adapters.protocols"
    names: dict[str, Any] = {"__name__": f"{package}.letta", "__package__": package}
    exec(compile(source.read_text("utf-8"), str(source), "exec"), names)
    assert names["json_bytes"] is None
    for message in (*KNOWN, *OWN, stop("error")):
        assert names["message_frame"](message, NOON) == letta.message_frame(message, NOON)
