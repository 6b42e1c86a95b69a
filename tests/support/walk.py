"""Every short sequence of an alphabet, folded as one tree: states are immutable, so that branching costs nothing."""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from attrs import define, evolve, field, frozen
from streamfold.adapters.laws import statements as laws
from streamfold.adapters.laws.checker import ENDS, Checker, oracle_of
from streamfold.adapters.laws.evidence import Prefix, begin, step
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
_SKIPPED = ["refusal_message", "server_tool_message", "annotation_message", "assistant_message", "tool_call_message"]
_DELTAS = {**_APPROVALS, "detect_snapshots": False}
WORLDS = (
    World("chat", chat, alphabets.CHAT, _DELTAS),
    World("ends", chat, alphabets.ENDS, _DELTAS),
    World("skipping", chat, alphabets.CHAT, {**_DELTAS, "skip_messages": _SKIPPED}, -1),
    World(
        "skipping-thoughts",
        inner_thoughts,
        alphabets.THOUGHTS,
        {**_DELTAS, "skip_messages": ["reasoning_message"]},
        longest=3,
    ),
    World("skipping-events", responses, alphabets.RESPONSES, {**_APPROVALS, "skip_messages": _SKIPPED}, -1),
    World("calls", chat, alphabets.CALLS, {"detect_snapshots": False}),
    World("thoughts-of-calls", inner_thoughts, alphabets.CALLS, {"detect_snapshots": False}, longest=3),
    World("strays", chat, alphabets.STRAYS, {"detect_snapshots": False}, 1, longest=5),
    World("shared-ids", chat, alphabets.SHARED_IDS, {"detect_snapshots": False}),
    World("snapshots", chat, alphabets.SNAPSHOTS, {}, 1, cuts=False, longest=4),
    World("wholes", chat, alphabets.WHOLES, {}, 1, longest=4),
    World("think-tags", chat, alphabets.TAGS, {"think_tags": True}, 1, longest=4),
    World("chosen-tags", chat, alphabets.CHOSEN_TAGS, {"think_tags": ["<ab>", ("<a ", ">")]}),
    World("think-tags-opened", chat, alphabets.TAGS, {"think_tags": "opened"}),
    World("inner-thoughts", inner_thoughts, alphabets.THOUGHTS, _DELTAS),
    World("inner-snapshots", inner_thoughts, alphabets.SNAPSHOTS, {"estimate_usage": True}, cuts=False),
    World("assistant-tool", inner_thoughts, alphabets.THOUGHTS, {**_DELTAS, "use_assistant_message": True}, longest=3),
    World(
        "no-thoughts",
        inner_thoughts,
        alphabets.THOUGHTS,
        {**_DELTAS, "put_inner_thoughts_in_kwarg": False, "model": "o3"},
        longest=3,
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
    World("halves", chat, alphabets.HALVES, {**_APPROVALS, "detect_snapshots": False}, 1, longest=3),
    World("halves-in-tags", chat, alphabets.HALVES, {**_DELTAS, "think_tags": [("t😀", "u😀")]}, longest=3),
    World("whole-halves", chat, alphabets.WHOLE_HALVES, {"detect_snapshots": False}, 1, longest=4),
    World("thought-halves", inner_thoughts, alphabets.THOUGHT_HALVES, _DELTAS, 1, longest=4),
    World("event-halves", responses, alphabets.EVENT_HALVES, {}, 1, longest=3),
    World("numbered-halves", responses, alphabets.EVENT_HALVES, {}, numbered=True, longest=3),
    World("responses", responses, alphabets.RESPONSES, _APPROVALS),
    World("drifting", responses, alphabets.DRIFTING, _APPROVALS, longest=3),
    World("beginnings", responses, alphabets.BEGINNINGS, _APPROVALS, 1, longest=4),
    World("event-calls", responses, alphabets.EVENT_CALLS, {}, 1, opening=(alphabets.CALL_BEGUN,), longest=4),
    World("unread", chat, alphabets.UNREAD, {}, longest=4),
    World("unread-thoughts", inner_thoughts, alphabets.UNREAD, {}, longest=3),
    World("unread-events", responses, alphabets.UNREAD_EVENTS, {}, longest=4),
    World("numbered", responses, alphabets.NUMBERED, {}, numbered=True),
)


@define
class Walk:
    """Walks a world's tree of sequences, level by level, and checks every law at every node.

    States are values: where two sequences of one length led to equal states, had said the same, and hold the same for a
    naive reader, all that follows is the same. So the walk goes on from the first of them, and counts it for both.

    Attributes:
        depth: the longest sequence.
        share, of: which of the longest sequences are looked at: those from each so many of the nodes before them. The
            first share looks at the shorter ones.
        levels: how many sequences there were of each length from which the walk went on.
        sequences: how many were looked at, those of a share that is not the first without the shorter ones.
        folded: how many were folded, each once.
        checker: counts the checks.
    """

    world: World
    depth: int
    share: int = 0
    of: int = 1
    levels: list[int] = field(factory=list)
    sequences: int = 0
    folded: int = 0
    checker: Checker = field(factory=Checker)

    @property
    def checks(self) -> "Counter[int]":
        return self.checker.checks

    def run(self) -> None:
        root = self.world.root()
        if not self.share:
            self.finished(root, self.depth > 0)
        nodes = [(root, 1)]
        for _ in range(self.depth - 1):
            self.count(nodes)
            nodes = self.next(nodes)
        self.count(nodes)
        if self.depth:
            self.last(nodes)

    def count(self, nodes: list[tuple[Prefix, int]]) -> None:
        self.levels.append(sum(count for _, count in nodes))
        if not self.share:
            self.sequences += self.levels[-1]

    def next(self, nodes: list[tuple[Prefix, int]]) -> list[tuple[Prefix, int]]:
        """The sequences that are one longer."""
        found: dict[Any, Prefix] = {}
        counts: Counter[Any] = Counter()
        for prefix, count in nodes:
            for after in self.unchecked(prefix) if self.share else self.branches(prefix):
                future = _future(after)
                counts[future] += count
                if future not in found:
                    found[future] = after
                    if not self.share:
                        self.finished(after, True)
        return [(prefix, counts[future]) for future, prefix in found.items()]

    def last(self, nodes: list[tuple[Prefix, int]]) -> None:
        """The longest sequences; no others follow."""
        for prefix, count in nodes[self.share :: self.of]:
            for after in self.branches(prefix):
                self.sequences += count
                self.finished(after, False)

    def finished(self, prefix: Prefix, goes_on: bool) -> None:
        """One sequence with each end; one of the longest with one of them, for its neighbours have the others."""
        self.folded += 1
        for end in ENDS if goes_on else (ENDS[self.folded % len(ENDS)],):
            self.checker.finished(prefix, end)

    def unchecked(self, prefix: Prefix) -> Iterator[Prefix]:
        """All sequences that are one chunk longer than this one."""
        for chunk in self.upcoming(prefix):
            yield step(prefix, chunk).after

    def branches(self, prefix: Prefix) -> Iterator[Prefix]:
        """The same, and this one is checked on the way."""
        checker, world = self.checker, self.world
        checker.snapshot(prefix)
        # What was stored and read back goes on in place of what was stored.
        going_on = evolve(prefix, state=prefix.oracle.restored(prefix.state))
        fingerprints = [(known, laws.fingerprint_of(known)) for known in (prefix, going_on)]
        for chunk in self.upcoming(prefix):
            done = checker.stepped(going_on, chunk)
            if world.cuts:
                checker.cut(done, 1)
            if world.numbered:
                for known in done.after.chunks:
                    checker.given_twice(done.after, known)
            yield done.after
        if self.length(prefix) < self.depth - 1 and not world.numbered and world.cuts:
            for one, other in combinations(world.alphabet, 2):
                checker.swapped(prefix, one, other)
        for known, fingerprint in fingerprints:
            checker.check_law(laws.UNCHANGED, prefix.chunks, known, fingerprint)

    def upcoming(self, prefix: Prefix) -> Iterator[Any]:
        for chunk in self.world.alphabet:
            yield evolve(chunk, sequence_number=self.length(prefix)) if self.world.numbered else chunk

    def length(self, prefix: Prefix) -> int:
        return len(prefix.chunks) - len(self.world.opening)


def walk(world: World, depth: int, share: int = 0, of: int = 1) -> Walk:
    """Walk a world's sequences of up to `depth` chunks, or a share of the longest of them."""
    walked = Walk(world, world.length(depth), share, of)
    walked.run()
    return walked


def _future(prefix: Prefix) -> Any:
    """All that decides what any chunks after these will do, and what the laws will say of it."""
    oracle, shown = prefix.oracle, (prefix.chunks, prefix.config)
    kept = oracle.kept(*shown, prefix.ended.result)  # a fold that forgets something has states that are too much alike
    told = (
        oracle.closes(*shown),
        oracle.over(*shown),
        oracle.final(*shown),
        oracle.cancelled(*shown),
        oracle.safe(*shown),
        kept,
    )
    read = repr(prefix.content), *told
    return (prefix.state, prefix.messages, read)
