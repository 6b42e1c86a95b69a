"""Every short sequence of an alphabet, folded as one tree: states are immutable, so that branching costs nothing."""

from collections import Counter
from itertools import combinations
from typing import Any

from attrs import define, evolve, field, frozen
from streamfold.adapters.laws import statements as laws
from streamfold.adapters.laws.checker import ENDS, Checker, oracle_of
from streamfold.adapters.laws.evidence import Prefix, begin
from streamfold.reducer import chat, inner_thoughts, responses
from support import alphabets

MESSAGE_ID = "message-11111111-2222-4333-8444-5555555555d5"


@frozen
class World:
    """A wire, a configuration, and an alphabet.

    Attributes:
        deeper: how much longer than usual the sequences are, since the alphabet is small; longest: and at most.
        cuts: whether a delta in two pieces must say the same whatever came before. (Arguments that are no JSON may be
            taken for snapshots of themselves; then it need not.)
        numbered: whether the events are numbered.
        opening: chunks that come before each sequence.
    """

    name: str
    machine: Any
    alphabet: alphabets.Alphabet
    options: dict[str, Any]
    deeper: int = 0
    cuts: bool = True
    numbered: bool = False
    opening: tuple[Any, ...] = ()
    longest: int = 9

    @property
    def config(self) -> Any:
        return self.machine.Config(message_id=MESSAGE_ID, run_id="run-1", step_id="step-1", **self.options)

    def root(self) -> Prefix:
        prefix, checker = begin(self.machine, self.config, oracle_of(self.machine)), Checker()
        for chunk in self.opening:
            prefix = checker.stepped(prefix, chunk).after
        return prefix

    def size(self, depth: int) -> int:
        """How many sequences there are of up to this length."""
        return sum(len(self.alphabet) ** length for length in range(self.length(depth) + 1))

    def length(self, depth: int) -> int:
        """How long the longest of them are."""
        return min(depth + self.deeper, self.longest)


_APPROVALS = {"requires_approval_tools": ["rm"]}
_DELTAS = {**_APPROVALS, "detect_snapshots": False}
WORLDS = (
    World("chat", chat, alphabets.CHAT, _DELTAS),
    World("ends", chat, alphabets.ENDS, _DELTAS),
    World("snapshots", chat, alphabets.SNAPSHOTS, {}, 1, cuts=False, longest=4),
    World("wholes", chat, alphabets.WHOLES, {}, 1, longest=4),
    World("think-tags", chat, alphabets.TAGS, {"think_tags": True}, 1, longest=4),
    World("chosen-tags", chat, alphabets.CHOSEN_TAGS, {"think_tags": ["<ab>", ("<a ", ">")]}),
    World("think-tags-opened", chat, alphabets.TAGS, {"think_tags": "opened"}),
    World("inner-thoughts", inner_thoughts, alphabets.THOUGHTS, _DELTAS),
    World("inner-snapshots", inner_thoughts, alphabets.SNAPSHOTS, {"estimate_usage": True}, cuts=False),
    World("assistant-tool", inner_thoughts, alphabets.THOUGHTS, {**_DELTAS, "use_assistant_message": True}),
    World(
        "no-thoughts",
        inner_thoughts,
        alphabets.THOUGHTS,
        {**_DELTAS, "put_inner_thoughts_in_kwarg": False, "model": "o3"},
    ),
    World("pieces", inner_thoughts, alphabets.PIECES, {}, 1, cuts=False, opening=(alphabets.called(0, "a", "f"),)),
    World(
        "escapes",
        inner_thoughts,
        alphabets.ESCAPES,
        {"detect_snapshots": False},
        1,
        opening=(alphabets.called(0, "a", "f"), alphabets.called(0, piece='{"thinking":"')),
    ),
    World(
        "two-calls",
        chat,
        alphabets.CHAT,
        _DELTAS,
        -1,
        opening=(alphabets.called(0, "a", "get", "p"), alphabets.called(1, "d", "put", "q")),
    ),
    World("responses", responses, alphabets.RESPONSES, _APPROVALS),
    World("numbered", responses, alphabets.NUMBERED, {}, numbered=True),
)


@define
class Walk:
    """Walks a world's tree of sequences and checks every law at every node.

    Attributes:
        depth: the longest sequence.
        sequences: how many were folded, each once.
        checker: counts the checks.
    """

    world: World
    depth: int
    sequences: int = 0
    checker: Checker = field(factory=Checker)

    @property
    def checks(self) -> "Counter[int]":
        return self.checker.checks

    def node(self, prefix: Prefix, first: int | None = None) -> None:
        """One sequence, and all that go on from it; `first`: with this chunk of the alphabet only."""
        checker, world = self.checker, self.world
        self.sequences += 1
        length = len(prefix.chunks) - len(world.opening)
        leaf = length == self.depth
        for end in (ENDS[self.sequences % 4], ENDS[(self.sequences + 1) % 4]) if leaf else ENDS:
            checker.finished(prefix, end)
        if leaf:
            return
        checker.snapshot(prefix)
        # What was stored and read back goes on in place of what was stored.
        going_on = evolve(prefix, state=prefix.oracle.restored(prefix.state))
        fingerprints = [(known, laws.fingerprint_of(known)) for known in (prefix, going_on)]
        for chunk in world.alphabet if first is None else (world.alphabet[first],):
            if world.numbered:
                chunk = evolve(chunk, sequence_number=length)
            done = checker.stepped(going_on, chunk)
            if world.cuts:
                checker.cut(done, 1)
            if world.numbered:
                for known in done.after.chunks:
                    checker.given_twice(done.after, known)
            self.node(done.after)
        if length < self.depth - 1 and not world.numbered and world.cuts:
            for one, other in combinations(world.alphabet, 2):
                checker.swapped(prefix, one, other)
        for known, fingerprint in fingerprints:
            checker.check_law(laws.UNCHANGED, prefix.chunks, known, fingerprint)


def walk(world: World, depth: int, first: int | None = None) -> Walk:
    """Walk a world's sequences of up to `depth` chunks; `first`: those that begin with that chunk of the alphabet."""
    walked = Walk(world, world.length(depth))
    walked.node(world.root(), first)
    return walked
