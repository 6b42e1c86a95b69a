"""Values that are made quickly are values like any other of a frozen class."""

import copy
import inspect
import pickle
from typing import Any, Generic, TypeVar

import attrs
import pytest
from attrs import evolve, field, frozen
from streamfold.reducer import chat, messages
from streamfold.reducer.completions import chunk as chunks
from streamfold.reducer.responses import event as events
from streamfold.reducer.values.frozen_value import maker, quick
from streamfold.reducer.values.text import Text

V = TypeVar("V")


@quick
@frozen
class Pair:
    first: int
    second: str = "b"

    def swapped(self) -> tuple[str, int]:
        return self.second, self.first


@quick
@frozen(kw_only=True)
class Named:
    second: str = "b"
    first: int


@quick
@frozen
class Box(Generic[V]):
    value: V | None = None


@frozen
class Slow:
    first: int
    second: str = "b"


WAYS = [
    *(Pair(1, "b"), Pair(1), Pair(first=1)),
    *(maker(Pair)(1), maker(Pair)(second="b", first=1)),
    evolve(Pair(2), first=1),
]


@pytest.mark.parametrize("made", WAYS)
def test_a_value_is_of_its_class_however_it_is_made(made: Pair) -> None:
    assert type(made) is Pair
    assert (made.first, made.second, made.swapped()) == (1, "b", ("b", 1))
    assert made == Pair(1)
    assert hash(made) == hash(Pair(1))
    assert repr(made) == "Pair(first=1, second='b')"
    assert made not in (Pair(2), Pair(1, "c"), Slow(1), (1, "b"))


def test_it_cannot_be_changed() -> None:
    made = Pair(1)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.first = 2  # type: ignore[misc]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del made.first
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.third = 3  # type: ignore[attr-defined]
    assert not hasattr(made, "__dict__")


@pytest.mark.parametrize("made", [Pair(1, "c"), Named(first=1, second="c"), Box("x"), Box[int](3)], ids=repr)
def test_it_is_copied_and_pickled(made: Any) -> None:
    for again in (copy.copy(made), copy.deepcopy(made), *(pickle.loads(pickle.dumps(made, at)) for at in (0, 2, 5))):
        assert type(again) is type(made)
        assert again == made


def test_what_was_pickled_with_other_fields_is_not_made_up() -> None:
    make, arguments = Pair(1, "c").__reduce__()
    assert make(*arguments) == Pair(1, "c")
    for other in (arguments[:-1], (*arguments, "d")):
        with pytest.raises(ValueError, match="zip"):
            make(*other)


def test_a_class_that_is_called_by_name_is() -> None:
    assert Named(first=1) == maker(Named)(first=1, second="b") == evolve(Named(first=2), first=1)
    for wrong in (lambda: Named(1), lambda: Named(), lambda: maker(Named)(1), lambda: Named("b", first=1)):
        with pytest.raises(TypeError):
            wrong()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("arguments", [(), (1, "b", 2)])
def test_too_few_and_too_many_values_are_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="argument"):
        Pair(*arguments)


def test_tools_see_its_parameters() -> None:
    assert list(inspect.signature(Pair).parameters) == ["first", "second"]
    assert [member.name for member in attrs.fields(Pair)] == ["first", "second"]


class Heir(Pair):
    """One with a dict."""


@frozen
class Longer(Pair):
    third: int = 3


@quick
@frozen
class Quicker(Pair):
    third: int = 3


def test_a_subclass_is_made_slowly_unless_it_says_how_itself() -> None:
    class Plain(Pair):
        """One that says nothing."""

    class Own(Pair):
        def __new__(cls, *_: Any) -> Any:
            return "its own"

    assert (type(Plain(1)), Plain(1).second, Plain(1) == Plain(1)) == (Plain, "b", True)
    assert Plain(1).__reduce__()[1] == (Plain,)
    assert Own(1) == "its own"


@pytest.mark.parametrize("cls", [Heir, Longer, Quicker])
def test_a_subclass_is_a_class_of_its_own(cls: type[Pair]) -> None:
    made, more = cls(1, second="c"), {} if cls is Heir else {"third": 4}
    assert type(made) is cls
    assert (made.first, made.second, made.swapped()) == (1, "c", ("c", 1))
    assert made == cls(1, "c") != cls(2, "c")
    assert made != Pair(1, "c")
    assert getattr(evolve(made, **more), "third", None) == more.get("third")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.first = 2  # type: ignore[misc]
    for again in (copy.copy(made), *(pickle.loads(pickle.dumps(made, at)) for at in (2, 5))):
        assert type(again) is cls
        assert again == made


@pytest.mark.parametrize(
    "member",
    [field(converter=int), field(validator=lambda *_: None), field(factory=list), field(init=False, default=1)],
)
def test_fields_that_take_more_than_setting_are_refused(member: Any) -> None:
    with pytest.raises(TypeError, match=r"Odd\.member takes more than setting it"):
        quick(attrs.make_class("Odd", {"member": member}, frozen=True, slots=True))


def test_a_class_without_slots_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^Odd has no slots$"):
        quick(attrs.make_class("Odd", ["member"], frozen=True, slots=False))


@pytest.mark.parametrize(
    "cls",
    [
        *(chunks.Chunk, chunks.Choice, chunks.Delta, chunks.CallDelta, events.Event),
        *(messages.AssistantMessage, messages.ReasoningMessage, messages.ToolCallMessage, chat.State, Text),
    ],
)
def test_what_is_made_for_nearly_every_chunk_has_no_dict_to_be_read_by(cls: type) -> None:
    assert "__dict__" not in dir(cls(**{member.name: None for member in attrs.fields(cls)}))
