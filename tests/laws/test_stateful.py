"""Branches of one stream, stepped, forked, stored, resumed and finished in any order; each keeps the laws."""

import pickle
from typing import Any, ClassVar

import pytest
from attrs import evolve, field, frozen
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from streamfold.adapters import snapshot
from streamfold.adapters.errors import LawBroken
from streamfold.adapters.laws.checker import Checker, oracle_of
from streamfold.adapters.laws.evidence import Prefix, begin, finish, step
from streamfold.adapters.strategies.streams import Quirk, Stream, ends, streams
from streamfold.reducer import Ended, chat, fold
from streamfold.reducer.ends import End

RUNS = settings(
    max_examples=settings().max_examples * 6 // 10,
    stateful_step_count=20,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


@frozen(eq=False, repr=False)
class Branch:
    """Some chunks of a stream, folded in some order.

    Attributes:
        place: how many chunks of the stream were folded in its own order.
        straight: whether no others were.
        made: the state as bytes, when the branch was made.
    """

    stream: Stream
    prefix: Prefix
    place: int = 0
    straight: bool = True
    made: bytes = field(init=False)

    @made.default
    def _made(self) -> bytes:
        return pickle.dumps(self.prefix.state)

    def __repr__(self) -> str:
        return f"<the first {self.place} chunks>" if self.straight else f"<{len(self.prefix.chunks)} chunks>"

    def after(self, chunk: Any, in_order: bool) -> "Branch":
        """This branch with one more chunk."""
        done = step(self.prefix, chunk)
        assert done.raised is None
        return Branch(self.stream, done.after, self.place + in_order, self.straight and in_order)

    def chunk(self, number: int) -> Any:
        """A chunk of the stream by its number, as the stream's own representation counts them."""
        return self.stream.chunks[(number - 1) % len(self.stream.chunks)]


class Branches(RuleBasedStateMachine):
    """What can be done with the branches of a stream of any wire."""

    branches: ClassVar[Bundle[Branch]] = Bundle("branches")

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Branch] = []
        self.checker = Checker()

    def kept(self, branch: Branch) -> Branch:
        self.made.append(branch)
        return branch

    def begun(self, stream: Stream) -> Branch:
        return self.kept(Branch(stream, begin(stream.machine, stream.config, oracle_of(stream.machine))))

    @rule(target=branches, branch=branches, count=st.integers(1, 6))
    def continue_call(self, branch: Branch, count: int) -> Branch:
        """Fold the next chunks of the stream."""
        for chunk in branch.stream.chunks[branch.place : branch.place + count]:
            branch = branch.after(chunk, in_order=True)
        return self.kept(branch)

    @rule(target=branches, branch=branches, number=st.integers(1, 40))
    def fold_out_of_order(self, branch: Branch, number: int) -> Branch:
        """Fold any chunk of the stream, whether or not it was folded."""
        return self.kept(branch.after(branch.chunk(number), in_order=False) if branch.stream.chunks else branch)

    @rule(target=branches, branch=branches)
    def move_to_another_host(self, branch: Branch) -> Branch:
        """Store the state, and go on with what is read back."""
        restored = snapshot.loads(snapshot.dumps(branch.prefix.state))
        assert restored == branch.prefix.state
        return self.kept(evolve(branch, prefix=evolve(branch.prefix, state=restored)))

    @rule(branch=branches, one=st.integers(1, 40), other=st.integers(1, 40))
    def fork(self, branch: Branch, one: int, other: int) -> None:
        """Two futures of one state know nothing of each other."""
        if branch.stream.chunks:
            alone = branch.after(branch.chunk(other), in_order=False)
            self.kept(branch.after(branch.chunk(one), in_order=False))
            beside = branch.after(branch.chunk(other), in_order=False)
            assert (beside.prefix.state, beside.prefix.messages) == (alone.prefix.state, alone.prefix.messages)

    @rule(branch=branches, end=ends())
    def finish_it(self, branch: Branch, end: End) -> None:
        """Any end, anywhere; of the whole stream, the result is what the stream says."""
        done = self.checker.finished(branch.prefix, end)
        if branch.straight and branch.place == len(branch.stream.chunks) and end == Ended():
            assert branch.stream.says.difference(done.result) is None

    @rule(branch=branches)
    def fold_it_afresh(self, branch: Branch) -> None:
        """The chunks alone make the state and the messages, whatever was stored, forked or finished in between."""
        prefix = branch.prefix
        done = finish(prefix, Ended())
        assert (done.state, done.messages) == fold(prefix.machine, prefix.config, prefix.chunks)

    @rule(branch=branches, ahead=st.integers(1, 2))
    def look_at_it(self, branch: Branch, ahead: int) -> None:
        """Every law looks at the branch, and at what comes next."""
        self.checker.check(branch.prefix, branch.stream.chunks[branch.place : branch.place + ahead])

    @invariant()
    def states_stay_as_they_were(self) -> None:
        for branch in self.made:
            assert pickle.dumps(branch.prefix.state) == branch.made


class ChatBranches(Branches):
    """Chat Completions."""

    @initialize(target=Branches.branches, stream=streams("chat", quirks=Quirk.of("chat")))
    def begin_with(self, stream: Stream) -> Branch:
        return self.begun(stream)


class ThoughtfulBranches(Branches):
    """Inner thoughts."""

    @initialize(target=Branches.branches, stream=streams("inner-thoughts", quirks=Quirk.of("inner-thoughts")))
    def begin_with(self, stream: Stream) -> Branch:
        return self.begun(stream)


class ResponsesBranches(Branches):
    """Responses, which can be resumed."""

    @initialize(target=Branches.branches, stream=streams("responses", quirks=Quirk.of("responses")))
    def begin_with(self, stream: Stream) -> Branch:
        return self.begun(stream)

    @rule(branch=Branches.branches, back=st.integers(1, 8))
    def lose_the_connection(self, branch: Branch, back: int) -> None:
        """The provider sends the last events again: they were folded, by their numbers, where these are believed."""
        state = branch.prefix.state
        for chunk in self.numbered_alike(branch.prefix)[-back:] if state.dedup.believed else ():
            if getattr(chunk, "sequence_number", None) is not None:
                assert branch.prefix.machine.step(state, chunk) == (state, ())

    def numbered_alike(self, prefix: Prefix) -> tuple[Any, ...]:
        """The chunks since the numbers began anew, as they may with another response."""
        state, _ = prefix.machine.start(prefix.config)
        begun = 0
        for at, chunk in enumerate(prefix.chunks):
            after, _ = prefix.machine.step(state, chunk)
            if after.dedup != state.dedup and after.dedup.first == after.highest:
                begun = at
            state = after
        return tuple(prefix.chunks[begun:])

    @rule(branch=Branches.branches)
    def ask_for_the_rest(self, branch: Branch) -> None:
        """What comes after the highest number ends as if the connection had not been lost (`starting_after`)."""
        stream, state = branch.stream, branch.prefix.state
        numbers = [getattr(chunk, "sequence_number", None) for chunk in stream.chunks]
        if branch.straight and None not in numbers and numbers == sorted(set(numbers)):
            rest = [chunk for chunk in stream.chunks if chunk.sequence_number > state.highest]
            whole = begin(stream.machine, stream.config)
            for chunk in [*branch.prefix.chunks, *rest]:
                whole = step(whole, chunk).after
            assert stream.says.difference(finish(whole, Ended()).result) is None


@pytest.mark.parametrize("branches", [ChatBranches, ThoughtfulBranches, ResponsesBranches])
def test_branches_of_a_stream_keep_the_laws_whatever_is_done_with_them(branches: type[Branches]) -> None:
    run_state_machine_as_test(branches, settings=RUNS)


class PlainBranches(Branches):
    """Text alone."""

    @initialize(target=Branches.branches, stream=streams("chat", texts=st.just("ab"), most=0))
    def begin_with(self, stream: Stream) -> Branch:
        return self.begun(stream)


@pytest.mark.deep
def test_what_goes_wrong_is_told_in_a_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(state: Any, chunk: Any) -> Any:
        after, messages = whole(state, chunk)
        return after, messages[1:] if state.chunks == 1 else messages

    whole = chat.step
    monkeypatch.setattr(chat, "step", forgetful)
    with pytest.raises(LawBroken) as broken:
        run_state_machine_as_test(PlainBranches, settings=settings(RUNS, database=None, derandomize=True))
    told = "\n".join(broken.value.__notes__)
    lines = [line for line in told.splitlines() if "states_stay_as_they_were" not in line]
    assert lines[1:3] == ["state = PlainBranches()", "branches_0 = state.begin_with(stream=<Stream"]
    assert any(line.startswith("      1  ") for line in lines)  # the stream, a line a chunk
    assert len(lines) < 20
