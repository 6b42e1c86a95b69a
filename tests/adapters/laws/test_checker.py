"""The checker: what of a stream it shows to which law, and how it tells of the one that does not hold."""

from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters.errors import LawBroken
from streamfold.adapters.laws.checker import ENDS, Checker, check_laws, oracle_of
from streamfold.adapters.laws.evidence import begin, step
from streamfold.adapters.laws.oracle import NO_ORACLE
from streamfold.reducer import Cancelled, Ended, Failed, chat, inner_thoughts, responses
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from streamfold.reducer.responses.event import Event
from support.adapters.finished_folds import CONFIG
from support.law_checks import MESSAGE_ID

OF_THE_END = (3, 4, 7, 8, 11)


def word(content: str) -> Chunk:
    return Chunk(choices=(Choice(delta=Delta(content=content)),))


def call(index: int, arguments: str) -> Chunk:
    delta = CallDelta(index=index, id=f"call_{index}", function=FunctionDelta(name="f", arguments=arguments))
    return Chunk(choices=(Choice(delta=Delta(tool_calls=(delta,))),))


def chat_with(**others: Any) -> Any:
    """A chat with some of its functions replaced."""
    own = {name: getattr(chat, name) for name in ("Config", "start", "step", "finish", "result")}
    return SimpleNamespace(**own | others)


def test_every_law_looks_as_often_as_there_is_something_to_see() -> None:
    checks = check_laws(chat, CONFIG, [word("a"), word("b"), word("cd")], places=None).checks
    prefixes, steps, ends = 4, 3, len(ENDS)
    assert {law: checks[law] for law in OF_THE_END} == {
        **dict.fromkeys(OF_THE_END, prefixes * ends),
        3: prefixes * (ends + 1),
        8: prefixes * ends + steps,
    }
    assert checks[1] == steps + prefixes  # each step, and each state once more
    assert checks[2] == checks[12] == steps
    assert checks[9] == prefixes + steps  # each state by itself, and with the next chunk
    assert (checks[5], checks[6], checks[10]) == (1, 0, 0)  # "cd" alone can be cut


def test_three_places_of_a_delta_are_cut() -> None:
    assert check_laws(chat, CONFIG, [word("abc")], places=None).checks[5] == 2
    assert check_laws(chat, CONFIG, [word("abcdefghi")], places=None).checks[5] == 3


def test_neighbours_of_two_lanes_are_swapped() -> None:
    assert check_laws(chat, CONFIG, [call(0, "{}"), call(1, "{}"), call(1, "")], places=None).checks[6] == 1


def test_an_event_with_a_believed_number_is_given_twice() -> None:
    config = responses.Config(message_id=MESSAGE_ID)
    events = [Event(type="response.created", sequence_number=at, response={}) for at in (0, 1)]
    assert check_laws(responses, config, events, places=None).checks[10] == 2
    assert check_laws(responses, config, [evolve(event, sequence_number=None) for event in events]).checks[10] == 0
    disbelieved = [events[0], evolve(events[0], type="response.in_progress")]  # two events of one number
    assert check_laws(responses, config, disbelieved, places=None).checks[10] == 1


@pytest.mark.parametrize(("places", "prefixes"), [(1, 1), (2, 2), (4, 4), (10, 10), (11, 11), (64, 11), (None, 11)])
def test_so_many_prefixes_are_looked_at_closely(places: int | None, prefixes: int) -> None:
    seen: list[int] = []

    def result(state: Any) -> Any:
        seen.append(state.chunks)
        return chat.result(state)

    check_laws(chat_with(result=result), CONFIG, [word("a")] * 10, oracle=NO_ORACLE, ends=[Ended()], places=places)
    assert len({0, *seen}) >= prefixes
    checker = check_laws(chat, CONFIG, [word("a")] * 10, ends=[Ended()], places=places)
    assert checker.checks[4] == prefixes
    assert {0, 10} <= {*seen} or places == 1


def test_the_ends_may_be_chosen() -> None:
    checker = check_laws(chat, CONFIG, [word("a")], ends=[Cancelled(), Failed("x")])
    assert checker.checks[4] == 4


def test_the_shortest_prefix_that_shows_it_is_told() -> None:
    def result(state: Any) -> Any:
        found = chat.result(state)
        return evolve(found, output=()) if state.chunks >= 7 else found

    with pytest.raises(LawBroken) as caught:
        check_laws(chat_with(result=result), CONFIG, [word("a")] * 20, oracle=oracle_of(chat), places=3)
    assert (caught.value.law.number, caught.value.chunks) == (3, (word("a"),) * 7)


def test_a_machine_that_raises_between_the_places_is_found() -> None:
    def stepped(state: Any, chunk: Any) -> Any:
        if state.chunks == 6:
            raise KeyError("seventh")
        return chat.step(state, chunk)

    with pytest.raises(LawBroken) as caught:
        check_laws(chat_with(step=stepped), CONFIG, [word("a")] * 20, oracle=NO_ORACLE, places=2)
    assert (caught.value.law.number, len(caught.value.chunks)) == (2, 7)
    assert caught.value.wrong == "a step raised KeyError('seventh')"


def test_what_is_known_of_a_machine_s_chunks() -> None:
    assert oracle_of(inner_thoughts).thoughtful
    assert not oracle_of(chat).thoughtful
    assert oracle_of(chat).content([word("a")], CONFIG) is not None
    assert oracle_of(chat).lane(call(3, "")) == oracle_of(inner_thoughts).lane(call(3, "")) == 3
    assert oracle_of(responses).lane(Event(type="x", output_index=4)) == 4
    assert oracle_of(chat_with()) is NO_ORACLE
    state, _ = chat.step(chat.start(CONFIG)[0], word("a\ud800"))
    assert oracle_of(chat).restored(state) == state


def test_a_checker_looks_at_one_thing_and_counts_it() -> None:
    checker = Checker()
    prefix = begin(chat, CONFIG, oracle_of(chat))
    assert checker.stepped(prefix, word("a")).after.chunks == (word("a"),)
    assert dict(checker.checks) == {1: 1, 2: 1, 8: 1}
    checker.swapped(prefix, word("a"), word("b"))  # of no lane
    checker.swapped(prefix, call(0, ""), call(0, ""))  # of one lane
    assert 6 not in checker.checks
    checker.given_twice(step(prefix, word("a")).after, word("a"))  # without a number
    assert 10 not in checker.checks
