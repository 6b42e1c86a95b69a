"""Values that are made quickly are values like any other of a frozen class."""

import copy
import inspect
import pickle
from typing import Any, Generic, TypeVar

import attrs
import cattrs
import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer import chat, messages
from streamfold.reducer.completions import chunk as chunks
from streamfold.reducer.responses import event as events
from streamfold.reducer.values.frozen_value import changer_of, constructor_of, evolve, value
from streamfold.reducer.values.text import Text

V = TypeVar("V")


@value
class Pair:
    first: int
    second: str = "b"

    def swapped(self) -> tuple[str, int]:
        return self.second, self.first


@value(kw_only=True)
class Named:
    second: str = "b"
    first: int


@value
class Box(Generic[V]):
    value: V | None = None


@frozen
class Slow:
    first: int
    second: str = "b"


WAYS = [
    *(Pair(1, "b"), Pair(1), Pair(first=1)),
    *(constructor_of(Pair)(1), constructor_of(Pair)(second="b", first=1)),
    *(evolve(Pair(2), first=1), attrs.evolve(Pair(2), first=1)),
]


@pytest.mark.parametrize("made", WAYS)
def test_a_value_is_of_its_class_however_it_is_made(made: Pair) -> None:
    assert type(made) is Pair
    assert (made.first, made.second, made.swapped()) == (1, "b", ("b", 1))
    assert made == Pair(1)
    assert hash(made) == hash(Pair(1))
    assert repr(made) == "Pair(first=1, second='b')"
    assert made not in (Pair(2), Pair(1, "c"), Slow(1), (1, "b"))


@value
class Nothing:
    """No fields."""


@value
class Wide:
    first: object = 0.0
    second: object = "b"
    third: object = ()


@value
class Wider(Wide):
    fourth: object = None


@frozen
class SlowWide:
    first: object = 0.0
    second: object = "b"
    third: object = ()


FIELDS = st.tuples(*[st.sampled_from([0.0, 0, False, 1, float("nan"), "b", "c", (), (1,), None])] * 3)


@given(FIELDS, FIELDS)
def test_values_are_equal_as_those_of_attrs_are(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert (Wide(*one) == Wide(*other)) is bool(SlowWide(*one) == SlowWide(*other))
    assert (Wide(*one) != Wide(*other)) is bool(SlowWide(*one) != SlowWide(*other))
    assert repr(Wide(*one)) == repr(SlowWide(*one)).replace("SlowWide", "Wide")
    if Wide(*one) == Wide(*other):
        assert hash(Wide(*one)) == hash(Wide(*other))


def test_only_values_of_the_same_class_are_equal() -> None:
    assert Wider(1, 2, 3, None) != Wide(1, 2, 3)
    assert Wide(1, 2, 3) not in (Wider(1, 2, 3), SlowWide(1, 2, 3), (1, 2, 3), None)
    assert Nothing() == Nothing() != Wide()
    assert {Nothing(), Nothing(), Wide(), Wide()} == {Wide(), Nothing()}
    assert (repr(Nothing()), repr(Wider())) == ("Nothing()", "Wider(first=0.0, second='b', third=(), fourth=None)")


@pytest.mark.parametrize("first", [hash, repr, lambda made: made == made, lambda made: made != 1])
def test_it_may_be_hashed_or_compared_first(first: Any) -> None:
    @value
    class Below(Wide):
        fourth: int = 4

    @value
    class Fresh(Below):
        fifth: int = 5

    first(Fresh(1))
    assert Fresh(1) == Fresh(1) != Fresh(2)
    assert len({Fresh(1), Fresh(1), Below(1), Below(1)}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(Fresh([]))
    assert repr(Fresh(1)) == "Fresh(first=1, second='b', third=(), fourth=4, fifth=5)"


def test_what_attrs_and_cattrs_do_with_its_classes_they_do() -> None:
    made = Wider(Pair(1), third=[Pair(2)])
    assert attrs.has(Wider)
    assert attrs.astuple(made) == ((1, "b"), "b", [(2, "b")], None)
    raw = attrs.asdict(made)
    assert raw["first"] == {"first": 1, "second": "b"}
    assert cattrs.Converter().structure({"first": 3}, Pair) == Pair(3)
    assert cattrs.Converter().unstructure(Pair(3)) == {"first": 3, "second": "b"}


def test_a_field_may_be_left_out_of_comparing_and_showing() -> None:
    @value
    class Noted:
        first: int
        note: str = field(default="", eq=False, repr=False)

    assert Noted(1, "a") == Noted(1, "b") != Noted(2, "a")
    assert hash(Noted(1, "a")) == hash(Noted(1, "b"))
    assert repr(Noted(1, "a")).endswith("Noted(first=1)")


@pytest.mark.parametrize("given", [field(eq=str.lower), field(hash=False), field(hash=True), field(repr=str)])
def test_fields_compared_or_shown_in_their_own_way_are_refused(given: Any) -> None:
    with pytest.raises(TypeError, match=r"^Odd\.member is compared, hashed or shown in a way of its own$"):

        @value
        class Odd:
            member: Any = given


def test_pytest_knows_that_its_fields_decide() -> None:
    # It tells which fields differ only where attrs made the comparison, which it knows by this name.
    assert Pair(1) == Pair(1)
    assert "attrs generated" in Pair.__eq__.__code__.co_filename  # type: ignore[attr-defined]


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
    assert Named(first=1) == constructor_of(Named)(first=1, second="b") == evolve(Named(first=2), first=1)
    for wrong in (lambda: Named(1), lambda: Named(), lambda: constructor_of(Named)(1), lambda: Named("b", first=1)):
        with pytest.raises(TypeError):
            wrong()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("arguments", [(), (1, "b", 2)])
def test_too_few_and_too_many_values_are_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="argument"):
        Pair(*arguments)


def test_tools_see_its_parameters() -> None:
    assert list(inspect.signature(Pair).parameters) == ["first", "second"]
    assert [member.name for member in attrs.fields(Pair)] == ["first", "second"]


@frozen
class Base:
    first: int


@value
class Second(Base):
    second: str = "b"


def test_fields_of_a_frozen_base_come_first() -> None:
    made = Second(1, "c")
    assert (type(made), made.first, made.second) == (Second, 1, "c")
    assert made == evolve(Second(2, "c"), first=1) == pickle.loads(pickle.dumps(made))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.first = 2  # type: ignore[misc]


@value
class Longer(Pair):
    third: int = 3


def test_a_value_class_has_value_subclasses() -> None:
    made = Longer(1, second="c")
    assert (type(made), made.first, made.second, made.third) == (Longer, 1, "c", 3)
    assert made == evolve(Longer(1, "c", 4), third=3) == pickle.loads(pickle.dumps(made))
    assert made not in (Pair(1, "c"), Longer(2, "c"))


def test_no_other_subclass_is_made_by_halves() -> None:
    class Heir(Pair):
        """One with a dict."""

    @frozen
    class Slower(Pair):
        third: int = 3

    for cls in (Heir, Slower):
        with pytest.raises(TypeError, match="layout differs"):
            cls(1)


@pytest.mark.parametrize(
    "given",
    [field(converter=int), field(validator=lambda *_: None), field(factory=list), field(init=False, default=1)],
)
def test_fields_that_take_more_than_setting_are_refused(given: Any) -> None:
    with pytest.raises(TypeError, match=r"^Odd\.member takes more than setting it$"):

        @value
        class Odd:
            member: Any = given


@pytest.mark.parametrize(
    "cls",
    [
        *(chunks.Chunk, chunks.Choice, chunks.Delta, chunks.CallDelta, events.Event),
        *(messages.AssistantMessage, messages.ReasoningMessage, messages.ToolCallMessage, chat.State, Text),
    ],
)
def test_what_nearly_every_chunk_makes_has_no_dict(cls: type) -> None:
    assert "__dict__" not in dir(cls(**{member.name: None for member in attrs.fields(cls)}))


@value
class Awkward:
    new: int
    twin: str = "b"
    made: int = 3
    cls: int = 4


def test_a_field_may_have_any_name() -> None:
    made = Awkward(1)
    assert (type(made), made.new, made.twin, made.made, made.cls) == (Awkward, 1, "b", 3, 4)
    assert Awkward(1, "c") == evolve(made, twin="c") != made


def test_evolve_changes_the_given_fields_alone() -> None:
    before = Pair(1, "c")
    assert evolve(before, second=None) == Pair(1, None)  # type: ignore[arg-type]
    assert evolve(before) == before == Pair(1, "c")
    assert type(evolve(Longer(1), third=4)) is Longer
    assert evolve(Named(first=1), second="c") == Named(first=1, second="c")
    with pytest.raises(TypeError, match="fourth"):
        evolve(before, fourth=4)  # type: ignore[call-arg]


def test_a_changer_changes_its_fields_in_the_order_of_their_names() -> None:
    before = Longer(1, "c", 4)
    after = changer_of(Longer, "third", "first")(before, 5, 2)
    assert after == Longer(2, "c", 5)
    assert type(after) is Longer
    assert before == Longer(1, "c", 4)
    assert changer_of(Named, "first")(Named(first=1, second="c"), 2) == Named(first=2, second="c")
    assert changer_of(Awkward, "cls")(Awkward(1), 5) == Awkward(1, cls=5)


def test_a_changer_of_unknown_fields_is_not_made() -> None:
    with pytest.raises(TypeError, match=r"^Pair has no fields fourth, third$"):
        changer_of(Pair, "third", "first", "fourth")
