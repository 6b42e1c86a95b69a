"""The chunk of the Responses API against the wire's own members."""

import json
from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.reducer.responses.event import Event
from support.sdk_unions import EVENTS


def test_a_chunk_reads_members_that_the_wire_has() -> None:
    members = {name for model in EVENTS.values() for name in model.model_fields}
    own = {
        "error",
        "call_id",
        "repairs",
        "lost",
        "extras",
    }  # a nested error (Q62), a call's only key (Q91), and the adapter's own
    assert set(Event.__annotations__) - own <= members


@pytest.mark.parametrize("kind", ["keepalive", "response.output_text.delta"])
def test_a_chunk_s_own_member_is_not_read_from_the_wire(kind: str) -> None:
    value = {"type": kind, "delta": "a", "repairs": ["forged"], "lost": True}
    read, decoded = wire.decoder("responses")(json.dumps(value)), wire.decoder("responses")(value)
    assert read == decoded


def test_a_chunk_says_nothing_but_its_type_unless_it_does() -> None:
    least = Event(type="keepalive")
    values: dict[str, Any] = {name: getattr(least, name) for name in Event.__annotations__}
    assert values.pop("type") == "keepalive"
    assert values.pop("repairs") == ()
    assert values.pop("lost") is False
    assert set(values.values()) == {None}
