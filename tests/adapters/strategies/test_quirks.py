"""The quirks: which wire can have which, and what the sets of them hold."""

from streamfold.adapters.strategies.quirks import ALL, RESULT_ONLY, Quirk
from streamfold.adapters.wire.machines import WIRES

SHARED = Quirk.of("chat") & Quirk.of("responses")


def test_every_quirk_is_of_some_wire() -> None:
    assert frozenset().union(*map(Quirk.of, WIRES)) == ALL == frozenset(Quirk)


def test_the_families_share_the_first_and_nothing_else() -> None:
    names = list(Quirk)
    assert frozenset(names[: names.index(Quirk.ERROR) + 1]) == SHARED
    assert Quirk.LATE_ID in Quirk.of("chat")
    assert Quirk.LATE_ID not in Quirk.of("responses")
    assert Quirk.NO_ITEM_ID in Quirk.of("responses")
    assert Quirk.NO_ITEM_ID not in Quirk.of("chat")


def test_inner_thoughts_have_most_quirks_of_chat_and_two_more() -> None:
    chat, inner = Quirk.of("chat"), Quirk.of("inner-thoughts")
    assert chat - inner == {Quirk.THINK_TAGS, Quirk.STRAY_ARGUMENTS}
    assert inner - chat == {Quirk.LATE_THOUGHTS, Quirk.ODD_THOUGHTS}


def test_a_quirk_is_shown_as_it_is_written() -> None:
    assert [eval(repr(quirk)) for quirk in Quirk] == list(Quirk)


def test_what_mixes_the_messages_alone_is_set_apart() -> None:
    messages_mix = {Quirk.ITEMS_SIDE_BY_SIDE, Quirk.SHARED_ID}
    assert {Quirk.CONTRADICTING_WHOLE, Quirk.PLACEHOLDER_ARGUMENTS} | messages_mix == RESULT_ONLY
    assert RESULT_ONLY.isdisjoint(SHARED)
