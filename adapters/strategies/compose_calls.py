"""Composing the tool calls of a Chat Completions stream: how a provider says which call a delta belongs to."""

import json
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from attrs import asdict, define, evolve, frozen

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from .composed import ANSWER_ID, MODEL
from .drawing import Pen, written
from .expected import Arguments, Intent, Lane, Step, is_object
from .quirks import Quirk

_EXTRA = {"google": {"thought_signature": "c2ln"}}


@frozen
class Spec:
    """A call to compose.

    Attributes:
        number: from 1.
    """

    number: int
    name: str
    custom: bool
    arguments: Arguments

    @property
    def lane(self) -> Lane:
        """Its lane."""
        return 0, self.number


@define
class Entry:
    """An entry of `tool_calls` in the making.

    Attributes:
        id: as it is sent.
        name: as it is sent.
        arguments: as they are sent.
        adds: what it adds to the call's arguments.
        renames: what it adds to the call's name.
    """

    id: str | None = None
    name: str | None = None
    arguments: str | None = None
    adds: str = ""
    renames: str = ""
    extra: Any = None


@frozen
class Identity:
    """How this provider says which call is meant.

    Attributes:
        index: whether and how indices are odd.
        ids: what follows the first id of a call.
        anonymous: there are no ids.
        shared: all calls come with the same id.
        owner: the number of the call whose id it is then; the others get one of our making.
        whole: each call comes whole.
    """

    index: Quirk | None
    ids: Quirk | None
    anonymous: bool
    shared: bool
    whole: bool
    owner: int = 1
    first: int = 0
    stride: int = 1

    @classmethod
    def drawn(cls, pen: Pen) -> "Identity":
        """How it is in one stream."""
        index = pen.one_of(Quirk.NO_INDEX, Quirk.SHARED_INDEX, Quirk.SPARSE_INDEX)
        anonymous = pen.allows(Quirk.NO_ID)
        ids = None if anonymous else pen.one_of(Quirk.NEW_ID_EACH_CHUNK, Quirk.SAME_ID_EACH_CHUNK, Quirk.EMPTY_ID)
        lone = index in (Quirk.NO_INDEX, Quirk.SHARED_INDEX)
        shared = not anonymous and not lone and pen.allows(Quirk.SHARED_ID)
        # Without index and id, only whole calls can be told apart.
        whole = pen.allows(Quirk.WHOLE_CALLS) or (anonymous and lone)
        if index is not Quirk.SPARSE_INDEX:
            return cls(index, ids, anonymous, shared, whole)
        first, stride = 1 + pen.roll(index, 5), 1 + pen.roll(index, 3)
        return cls(index, ids, anonymous, shared, whole, 1, first, stride)

    @property
    def lone(self) -> bool:
        """Whether the index does not tell calls apart."""
        return self.index in (Quirk.NO_INDEX, Quirk.SHARED_INDEX)

    @property
    def one_by_one(self) -> bool:
        """Whether a call must be over before the next begins, since what follows does not say whose it is."""
        unnamed = self.lone and self.ids is not Quirk.SAME_ID_EACH_CHUNK
        return unnamed or self.shared or self.index is Quirk.SHARED_INDEX

    @property
    def sequential(self) -> bool:
        """Whether nothing but the order of calls says whose the arguments are that follow the name."""
        return self.lone and not self.whole and self.ids is not Quirk.SAME_ID_EACH_CHUNK

    def index_of(self, spec: Spec) -> int | None:
        """The index that is sent with a call."""
        if self.index is Quirk.NO_INDEX:
            return None
        return 0 if self.index is Quirk.SHARED_INDEX else self.first + self.stride * (spec.number - 1)

    def of(self, specs: Sequence[Spec]) -> "Identity":
        """How these calls are told apart, one after the other."""
        tools = {spec.name for spec in specs}
        others = [spec.arguments.text for spec in specs if not spec.custom and is_object(spec.arguments.text)]
        values = [json.loads(text) for text in others]
        unlike = len(others) == len(specs) and all(values) and all(map(_unlike, combinations(values, 2)))
        # An id that comes with every piece says that all of them are one tool's one call.
        unlike = unlike and self.ids is not Quirk.SAME_ID_EACH_CHUNK
        apart = len(tools) == len(specs) or unlike
        return evolve(self, shared=self.shared and apart, owner=specs[0].number if specs else 1)

    def owns(self, spec: Spec) -> bool:
        """Whether a call keeps the id that it comes with."""
        return not self.shared or spec.number == self.owner

    def id_of(self, spec: Spec) -> str | None:
        """The id that is sent with a call."""
        return None if self.anonymous else f"call_{1 if self.shared else spec.number}"


def _unlike(pair: tuple[object, object]) -> bool:
    return pair[0] != pair[1]


def draw_spec(pen: Pen, number: int, config: Any, thoughtful: bool, plain: bool, sequential: bool = False) -> Spec:
    """A call of some tool with some arguments.

    Args:
        pen: to draw with.
        number: the call's, from 1.
        config: says which members are thoughts and answers.
        thoughtful: whether reasoning may ride in the arguments.
        plain: whether it must be a function's call whose arguments are JSON.
        sequential: whether a call must be seen to be over before the next one begins, so that it cannot be without any
            arguments.
    """
    name = pen.draw(pen.choices.names)
    raw = pen.draw(pen.choices.rarely)
    custom = raw is not None and not plain
    empty = pen.sometimes(Quirk.NO_ARGUMENTS, not (plain or sequential))
    broken = pen.sometimes(Quirk.BROKEN_ARGUMENTS, not (plain or custom or empty))
    members = list(pen.draw(pen.choices.objects).items())
    if thoughtful:
        arguments = _thoughtful(pen, name, members, config, not (custom or empty or broken))
    else:
        arguments = written(pen, members)
    if broken:
        arguments = Arguments("{'" + arguments.text[1:])  # as a careless model writes
    return Spec(number, name, custom, Arguments("" if empty else raw or "") if empty or custom else arguments)


def _thoughtful(pen: Pen, name: str, members: list[tuple[str, Any]], config: Any, used: bool) -> Arguments:
    """Arguments with thoughts, and with the answer where the tool is the assistant's; `used` if they are sent."""
    answers = config.use_assistant_message and name == config.assistant_message_tool_name
    key, answer_key = config.thoughts_key, config.assistant_message_tool_kwarg
    members = [(member, value) for member, value in members if member not in (key, answer_key)]
    if answers:
        members.insert(0, (answer_key, pen.text()))
    thoughts: Any = pen.maybe()
    if thoughts is not None:
        if pen.sometimes(Quirk.ODD_THOUGHTS, used):
            thoughts = (7, False, ["a"], {key: "a"})[pen.roll(Quirk.ODD_THOUGHTS, 4)]
        late = pen.use(Quirk.LATE_THOUGHTS, used and bool(members))
        members.insert(1 + pen.roll(Quirk.LATE_THOUGHTS, len(members)) if late else 0, (key, thoughts))
    return written(pen, members, key, answer_key if answers else None)


def call_lane(pen: Pen, identity: Identity, spec: Spec, snapshots: bool = False) -> list[Step]:
    """The chunks of one call."""
    entries = _entries(pen, identity, spec, snapshots)
    if len(entries) > 1:
        named_at = _rename(pen, identity, spec, entries)
        _identify(pen, identity, spec, entries, named_at)
    if snapshots:
        so_far = ""
        for entry in entries:
            so_far += entry.adds
            entry.arguments = so_far if entry.adds else entry.arguments
    if pen.use(Quirk.LATE_EMPTY_CALL):
        known = identity.id_of(spec) if pen.roll(Quirk.LATE_EMPTY_CALL, 2) else None
        entries.append(Entry(id=known, arguments=""))
    if pen.use(Quirk.EXTRA_CONTENT):
        entries[0].extra = _EXTRA
    for quirk in (Quirk.NO_INDEX, Quirk.SPARSE_INDEX):
        pen.use(quirk, identity.index is quirk)
    pen.use(Quirk.NO_ID, identity.anonymous)
    pen.use(Quirk.WHOLE_CALLS, identity.whole)
    return [_step(identity, spec, entry) for entry in entries]


def _entries(pen: Pen, identity: Identity, spec: Spec, in_pieces: bool) -> list[Entry]:
    text, call_id = spec.arguments.text, identity.id_of(spec)
    cut = pen.cut(text)
    if identity.whole or not text:
        return [Entry(call_id, spec.name, text, text, spec.name)]
    if in_pieces and len(cut) == 1:
        at = 1 + pen.roll(Quirk.SNAPSHOTS, len(text) - 1)
        cut = [text[:at], text[at:]]
    pieces = (Entry(arguments=piece, adds=piece) for piece in cut)
    return [Entry(call_id, spec.name, "", "", spec.name), *pieces]


def _rename(pen: Pen, identity: Identity, spec: Spec, entries: list[Entry]) -> int:
    """Where the name comes; returns which entry has (the last of) it."""
    ways = [Quirk.EMPTY_NAME]
    half = 0 if identity.shared else len(spec.name) // 2
    if half and spec.name[:half] != spec.name[half:]:  # an equal half would be a repetition
        ways.append(Quirk.SPLIT_NAME)
    if not (identity.lone or identity.shared or identity.anonymous):
        ways.append(Quirk.LATE_NAME)
    if not spec.custom and identity.ids is not Quirk.NEW_ID_EACH_CHUNK:
        # A new id with a name begins another call; raw text that is JSON, and a name, may do so too.
        ways.append(Quirk.SAME_NAME_EACH_CHUNK)
    way = pen.one_of(*ways)
    if way is not None:
        pen.use(way)
    if way is Quirk.SPLIT_NAME:
        entries[0].name = entries[0].renames = spec.name[:half]
        entries.insert(1, Entry(name=spec.name[half:], renames=spec.name[half:]))
        return 1
    if way is Quirk.LATE_NAME:
        at = 1 + pen.roll(Quirk.LATE_NAME, len(entries) - 1)
        entries[0].name, entries[0].renames = None, ""
        entries[at].name = entries[at].renames = spec.name
        return at
    if way is not None:
        for entry in entries[1:]:
            entry.name = "" if way is Quirk.EMPTY_NAME else spec.name
    return 0


def _identify(pen: Pen, identity: Identity, spec: Spec, entries: list[Entry], named_at: int) -> None:
    """Where the id comes, and what comes in its place later."""
    call_id, at = identity.id_of(spec), 0
    late = not (identity.anonymous or identity.lone or identity.shared) and pen.allows(Quirk.LATE_ID)
    if late and len(entries) > named_at + 1:
        pen.use(Quirk.LATE_ID)
        at = named_at + 1 + pen.roll(Quirk.LATE_ID, len(entries) - named_at - 1)
        entries[0].id, entries[at].id = None, call_id
    for order, entry in enumerate(entries[at + 1 :]):
        if identity.ids is Quirk.EMPTY_ID:
            entry.id = ""
        elif identity.ids is Quirk.SAME_ID_EACH_CHUNK:
            entry.id = call_id
        elif identity.ids is Quirk.NEW_ID_EACH_CHUNK and not entry.name:
            entry.id = f"call_{spec.number}_{order}"  # new, even where the first ids are the same
        else:
            continue
        pen.use(identity.ids)


def _step(identity: Identity, spec: Spec, entry: Entry) -> Step:
    function = custom = None
    if entry.name is not None or entry.arguments is not None:
        if spec.custom:
            custom = CustomDelta(name=entry.name, input=entry.arguments)
        else:
            function = FunctionDelta(name=entry.name, arguments=entry.arguments)
    delta = CallDelta(
        index=identity.index_of(spec),
        id=entry.id,
        type=("custom" if spec.custom else "function") if entry.name else None,
        function=function,
        custom=custom,
        extra_content=entry.extra,
    )
    meant = Intent(
        lane=spec.lane,
        channel="arguments",
        adds=entry.adds,
        id=entry.id if entry.id == identity.id_of(spec) and identity.owns(spec) else None,
        name=entry.renames,
        custom=spec.custom,
        begins=bool(entry.id or entry.extra),
    )
    return Step(said(Delta(tool_calls=(delta,))), (meant,), "call")


def legacy_lane(pen: Pen, spec: Spec) -> list[Step]:
    """The chunks of a call of the API before tools."""
    named = Intent(lane=spec.lane, channel="arguments", name=spec.name, begins=True)
    steps = [Step(said(Delta(function_call=FunctionDelta(name=spec.name, arguments=""))), (named,))]
    for piece in pen.cut(spec.arguments.text):
        meant = Intent(lane=spec.lane, channel="arguments", adds=piece)
        steps.append(Step(said(Delta(function_call=FunctionDelta(arguments=piece))), (meant,)))
    return steps


def draw_strays(pen: Pen, specs: Sequence[Spec]) -> tuple[list[Spec], list[Step]]:
    """Two of these calls whose arguments go astray, and their chunks; nothing where the stream has no such calls."""
    fit = [spec for spec in specs if _has_members(spec)]
    pair = [*fit[:1], *[spec for spec in fit if _members(spec) != _members(fit[0])][:1]]
    if not pen.use(Quirk.STRAY_ARGUMENTS, len(pair) == 2):
        return [], []
    (first, second), way = pair, pen.roll(Quirk.STRAY_ARGUMENTS, 3)
    if way == 0:  # names are numbered by one count, arguments by another
        crossed = [_stray_name(first, 0), *_given(pen, first, 1, second), _stray_name(second, 1)]
        return pair, [*crossed, *_given(pen, second, 0, first)]
    names = [_stray_name(first, 0), _stray_name(second, 1)]
    if way == 1:
        return pair, [*names, *_given(pen, first, 0, first), *_given(pen, second, 0, first)]
    return pair, [*names, *_given(pen, first, None, second)]


def _has_members(spec: Spec) -> bool:
    return not spec.custom and is_object(spec.arguments.text) and bool(_members(spec))


def _members(spec: Spec) -> object:
    return json.loads(spec.arguments.text)


def _stray_name(spec: Spec, index: int) -> Step:
    """The chunk that has a call's id and name."""
    call_id = f"call_{spec.number}"
    meant = Intent(lane=spec.lane, channel="arguments", id=call_id, name=spec.name, begins=True, strays=True)
    return _stray(CallDelta(index=index, id=call_id, function=FunctionDelta(name=spec.name, arguments="")), meant)


def _given(pen: Pen, spec: Spec, index: int | None, meant: Spec) -> list[Step]:
    """The chunks of a call's arguments, under an index that means that call."""
    return [_piece(piece, index, meant.lane) for piece in pen.cut(spec.arguments.text)]


def _piece(piece: str, index: int | None, lane: Lane) -> Step:
    delta = CallDelta(index=index, function=FunctionDelta(arguments=piece))
    return _stray(delta, Intent(lane=lane, channel="arguments", adds=piece))


def _stray(delta: CallDelta, meant: Intent) -> Step:
    return Step(said(Delta(tool_calls=(delta,))), (meant,), "call")


def said(delta: Delta | None = None, **members: Any) -> Chunk:
    """A chunk with one choice."""
    return Chunk(id=ANSWER_ID, model=MODEL, choices=(Choice(delta=delta, **members),))


def together(one: Step, other: Step) -> Step | None:
    """Two steps as one whose chunk has both deltas, if that can be."""
    pair = [_delta(one), _delta(other)]
    if None in pair:
        return None
    first, second = ({name: value for name, value in _set(delta).items() if name != "tool_calls"} for delta in pair)
    calls = tuple(call for delta in pair for call in (delta.tool_calls if delta else None) or ())
    if first.keys() & second.keys() or (calls and "function_call" in first | second):
        return None  # one would hide the other, or come before it
    delta = Delta(**first, **second, tool_calls=calls or None)
    (choice,) = one.chunk.choices
    chunk = evolve(one.chunk, choices=(evolve(choice, delta=delta),))
    return Step(chunk, (*one.meant, *other.meant), one.role or other.role)


def _delta(step: Step) -> Delta | None:
    """The delta of a step whose chunk has nothing else."""
    chunk = step.chunk
    if isinstance(chunk, Chunk) and len(chunk.choices or ()) == 1:
        (choice,) = chunk.choices or ()
        return choice.delta if chunk == said(choice.delta) else None
    return None


def _set(delta: Delta | None) -> dict[str, Any]:
    assert delta is not None
    return {name: value for name, value in asdict(delta, recurse=False).items() if value is not None}
