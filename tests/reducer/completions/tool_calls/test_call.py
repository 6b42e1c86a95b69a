import pytest
from streamfold.reducer.completions.tool_calls.call import Call, Reading, can_open
from streamfold.reducer.values.text import text


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (Call(0, "a", "go"), True),
        (Call(0, "", "go"), False),
        (Call(0, "a", ""), False),
        (Call(0, "a", "del"), False),
        (Call(0, "a", "delete"), False),
        (Call(0, "a", "delete_all"), True),
        (Call(0, "a", "del", arguments=text("{")), True),
        (Call(0, "a", "del", undecided=("{",)), True),
        (Call(0, "", "del", arguments=text("{")), False),
    ],
)
def test_a_call_opens_once_its_name_cannot_become_one_to_approve(call: Call, expected: bool) -> None:
    assert can_open(call, frozenset({"delete"})) is expected


@pytest.mark.parametrize(
    ("call", "expected"), [(Call(0, "", "go", aliases=("a",)), True), (Call(0, "", "", aliases=("a",)), False)]
)
def test_an_id_of_another_call_s_is_one(call: Call, expected: bool) -> None:
    assert can_open(call, frozenset()) is expected


def test_an_orphan_has_arguments_and_nothing_that_names_it() -> None:
    assert Call(0, arguments=text("{")).is_orphan
    assert Call(0, undecided=("{",)).is_orphan
    for other in (Call(0), Call(0, "a"), Call(0, "", "go"), Call(0, aliases=("a",)), Call(0, part_of=1)):
        assert not Call(
            0, other.id, other.name, arguments=text("{"), aliases=other.aliases, part_of=other.part_of
        ).is_orphan or other == Call(0)


def test_a_part_of_another_call_repeats_it_or_was_given_to_it() -> None:
    assert Call(0).is_own
    repeats, given = Call(1, part_of=0, reading=Reading(whole=0)), Call(1, part_of=0)
    assert (repeats.is_own, repeats.is_adopted) == (False, False)
    assert (given.is_own, given.is_adopted) == (False, True)
