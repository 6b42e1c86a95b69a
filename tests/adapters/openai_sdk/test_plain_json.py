"""Objects of many libraries' classes into the JSON that they were made of, at a bounded cost."""

from collections import namedtuple
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from fractions import Fraction
from ipaddress import ip_interface
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, Mock
from uuid import uuid4

import attrs
import msgspec
import pydantic
import pytest
from streamfold.adapters.driver.reader import Reader
from streamfold.adapters.openai_sdk import as_json, chunk, plain_json
from streamfold.reducer import Undecodable, chat, responses

HI = {"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]}


class Reason(Enum):
    STOP = "stop"


@attrs.frozen
class AttrsDelta:
    content: str


@attrs.define
class AttrsChoice:
    delta: AttrsDelta
    index: int = 0
    finish_reason: Reason = Reason.STOP


@attrs.frozen
class AttrsChunk:
    choices: list[AttrsChoice]


@dataclass
class DataDelta:
    content: str


@dataclass(slots=True)
class DataChoice:
    delta: DataDelta
    index: int = 0
    finish_reason: str = "stop"


@dataclass
class DataChunk:
    choices: list[DataChoice]


class StructDelta(msgspec.Struct):
    content: str
    tool_calls: Any = msgspec.UNSET


class StructChoice(msgspec.Struct, rename={"reason": "finish_reason"}):
    delta: StructDelta
    index: int = 0
    reason: str = "stop"


class StructChunk(msgspec.Struct):
    choices: list[StructChoice]


class StructEvent(msgspec.Struct, tag_field="type", tag="response.output_text.delta"):
    delta: str


class Plain:
    def __init__(self, **members: Any) -> None:
        self.__dict__.update(members, _own=object())


class Slotted:
    __slots__ = ("__weakref__", "_own", "content", "never")

    def __init__(self, content: str) -> None:
        self.content, self._own = content, object()


class SlottedOne:
    __slots__ = "content"

    def __init__(self, content: str) -> None:
        self.content = content


class Dumping:
    """Says itself what it is, in one of the ways that libraries have."""

    def __init__(self, name: str) -> None:
        setattr(self, name, lambda: HI)


@dataclass
class HubDelta(dict):  # type: ignore[type-arg]
    """As huggingface_hub has them: a dict as well, which lacks what the nested ones have beside their fields."""

    content: str


@dataclass
class HubChunk(dict):  # type: ignore[type-arg]
    choices: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.update({"choices": [{"delta": {"content": "Hi"}}], "model": "m"})


@attrs.define
class Renaming:
    """As openapi-python-client makes them: only their own dump has the wire's names."""

    choices_: list[Any]

    def to_dict(self) -> Any:
        return {"choices": self.choices_}


@dataclass
class RenamingData:
    choices_: list[Any]

    def to_dict(self) -> Any:
        return {"choices": self.choices_}


Tuple = namedtuple("Tuple", ["index", "delta", "finish_reason"])

CHUNKS = {
    "attrs": AttrsChunk([AttrsChoice(AttrsDelta("Hi"))]),
    "dataclass": DataChunk([DataChoice(DataDelta("Hi"))]),
    "msgspec": StructChunk([StructChoice(StructDelta("Hi"))]),
    "named tuple": Plain(choices=(Tuple(0, MappingProxyType({"content": "Hi"}), "stop"),)),
    "plain": Plain(choices=[Plain(index=0, delta=Plain(content="Hi"), finish_reason="stop")]),
    "namespace": SimpleNamespace(choices=[SimpleNamespace(index=0, delta=Slotted("Hi"), finish_reason="stop")]),
    "slots": Plain(choices=[Plain(index=0, delta=SlottedOne("Hi"), finish_reason=Reason.STOP)]),
    "attrs, with a dump": Renaming(HI["choices"]),
    "dataclass, with a dump": RenamingData(HI["choices"]),
    **{name: Dumping(name) for name in ("to_dict", "model_dump", "dict", "as_dict")},
}


@pytest.mark.parametrize("obj", CHUNKS.values(), ids=CHUNKS)
def test_objects_of_many_classes_are_read_by_their_fields(obj: Any) -> None:
    assert as_json(obj) == HI
    (read,) = Reader(chat).read(obj)
    assert read == next(iter(Reader(chat).read(HI)))


def test_a_tagged_struct_has_its_type() -> None:
    (event,) = Reader(responses).read(StructEvent("Hi"))
    assert (event.type, event.delta) == ("response.output_text.delta", "Hi")


def test_what_is_a_dict_too_is_read_by_its_attributes() -> None:
    delta = HubDelta("Hi")
    vars(delta)["reasoning_content"] = "hm"
    hub = HubChunk([{"delta": delta}])
    assert as_json(hub) == {"choices": [{"delta": {"content": "Hi", "reasoning_content": "hm"}}], "model": "m"}
    (read,) = Reader(chat).read(hub)
    assert read.choices[0].delta.reasoning_content == "hm"


def test_the_raw_event_behind_an_unknown_one_is_read() -> None:
    class Unknown(pydantic.BaseModel):
        type: str = "UNKNOWN"
        raw: Any

    (event,) = Reader(responses).read(Unknown(raw={"type": "response.of.the.future", "delta": "Hi"}))
    assert (event.type, event.delta, event.repairs) == ("response.of.the.future", "Hi", ())
    assert as_json(Unknown(raw={"a": [1]})) == {"a": [1]}
    assert as_json(Unknown(type="known", raw=1)) == {"type": "known", "raw": 1}
    without_raw = pydantic.create_model("WithoutRaw", type=(str, ...))
    assert as_json(without_raw(type="UNKNOWN")) == {"type": "UNKNOWN"}


class Word(StrEnum):
    STOP = "stop"


def test_a_word_of_an_enumeration_is_plain_text() -> None:
    for value in (as_json(Word.STOP), as_json({"a": [Word.STOP]})["a"][0]):
        assert (type(value), value) == (str, "stop")


def tagged() -> None:
    """A function with members."""


tagged.__dict__["tag"] = 1


VALUES = [datetime.now(UTC), uuid4(), ip_interface("10.0.0.1/8"), Decimal(1), Fraction(1, 2), Path("a")]


@pytest.mark.parametrize("value", [*VALUES, object(), print, tagged, plain_json, Reason, b"x", range(3)])
def test_what_is_no_object_of_members_stays_as_it_is(value: Any) -> None:
    assert as_json(value) is value
    assert as_json({"a": [value]})["a"][0] is value


@pytest.mark.parametrize("name", ["Unset", "UnsetType", "NotGiven", "Omit"])
def test_what_was_not_sent_is_left_out(name: str) -> None:
    assert as_json(Plain(id="x", usage=type(name, (), {})())) == {"id": "x"}


@pytest.mark.parametrize("mock", [MagicMock(), Mock(), Mock(choices=[1])])
def test_an_object_that_makes_up_its_members_is_refused(mock: Any) -> None:
    found = chunk(mock)
    assert isinstance(found, Undecodable)
    assert found.reason.endswith("ock, which gives any member that it is asked for, as mocks do")


def test_as_many_values_as_the_limit_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_json, "MOST_VALUES", 3)
    assert as_json([1, [2]]) == [1, [2]]
    with pytest.raises(ValueError, match="more than 3 values"):
        as_json([1, [2, 3]])


@pytest.mark.deep
def test_an_object_without_end_is_refused() -> None:
    found: Any = [0] * 1000
    for _ in range(10):
        found = [found] * 1000
    assert chunk(Plain(type="x", delta=found)) == Undecodable("Plain, more than 4,194,304 values")
    endless = Plain(type="x")
    endless.__dict__["delta"] = endless
    assert chunk(endless) == Undecodable("Plain, nested too deeply")
