"""A machine of which nothing is known: no law asks more than it can answer."""

from attrs import fields
from streamfold.adapters.laws.oracle import NO_ORACLE, Content, Oracle


def test_of_a_machine_of_ones_own_nothing_is_known() -> None:
    assert NO_ORACLE.content([1], None) is None
    assert list(NO_ORACLE.cuts("chunk")) == []
    assert list(NO_ORACLE.ordered_cuts("chunk", "config", True)) == []
    assert NO_ORACLE.lane("chunk") is None
    assert NO_ORACLE.over([1], None) is None
    assert NO_ORACLE.closes([], None) is True  # so that no call is suspected
    assert NO_ORACLE.thoughtful is False


def test_an_unknown_state_is_stored_by_pickle() -> None:
    state = {"a": [1, ("b", None)]}
    restored = NO_ORACLE.restored(state)
    assert restored == state
    assert restored is not state


def test_what_is_known_is_given_by_name_and_the_rest_stays_unknown() -> None:
    oracle = Oracle(lane=len)
    assert (oracle.lane("four"), oracle.content([], None)) == (4, None)
    assert all(field.kw_only for field in fields(Oracle))


def test_chunks_say_nothing_of_what_a_reader_cannot_tell() -> None:
    content = Content("", "", "", "")
    assert (content.calls, content.thoughts, content.wholes, content.contradicted) == (None, None, None, False)
