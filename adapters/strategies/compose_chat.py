"""Composing streams of the two Chat Completions wires: lanes of deltas, cut and interleaved, within their envelope."""

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, Delta
from ...reducer.ends import Done, Undecodable
from ...reducer.usage import Usage
from ..wire.machines import Wire
from .compose_calls import Identity, Spec, call_lane, draw_spec, draw_strays, legacy_lane, said, together
from .compose_endings import (
    CUT_OFF,
    ERRORS,
    OTHER_WORDS,
    breaks,
    can_be_whole,
    close_calls,
    closes,
    failing,
    in_place,
    whole_message,
    with_whole,
)
from .compose_texts import cut_text, reasoning_lane, speak
from .compose_unread import with_unread
from .composed import ANSWER_ID, MODEL, Says, Stream
from .drawing import Pen
from .expected import Intent, Step, is_json, summed
from .quirks import Quirk

_ENDINGS = (Quirk.ERROR, Quirk.TRUNCATED, Quirk.CUT_OFF)
_EMPTY = (
    Delta(),
    Delta(content=""),
    Delta(reasoning_content="", tool_calls=()),
    Delta(tool_calls=(CallDelta(index=0),)),
)
_NOTE = {"type": "url_citation", "url": "https://example.org/"}
_RAN = {"index": 0, "type": "search", "output": "Rain."}
_THINK = ("<think>", "</think>")
_OTHER_TAGS = (("<thought>", "</thought>"), ("[THINK]", "[/THINK]"))
_NULLS = {"prompt_tokens": None, "completion_tokens": None}
_FILTERED = {"hate": {"filtered": False}}


def compose(pen: Pen, wire: Wire, machine: Any, config: Any) -> Stream:
    """A stream of one of the two wires, with the quirks that the pen allows."""
    return _Composer(pen, wire, machine, config).stream()


class _Composer:
    def __init__(self, pen: Pen, wire: Wire, machine: Any, config: Any) -> None:
        self.pen = pen
        self.wire = wire
        self.machine = machine
        self.config = config
        self.specs: list[Spec] = []
        self.tagged = ""  # the reasoning that stands in the content, with the tag that opens it
        self.pairs: tuple[tuple[str, str], ...] = (_THINK,)  # the tags that it may stand in
        self.snapshots = False

    def stream(self) -> Stream:
        body = self.body()
        steps = with_unread(self.pen, self.ended(body))
        self.noise(steps)
        steps = self.renamed(steps)
        chunks = tuple(step.chunk for step in steps)
        return Stream(
            wire=self.wire,
            machine=self.machine,
            config=self.config,
            chunks=chunks,
            says=self.says(steps),
            quirks=frozenset(self.pen.used),
        )

    # The lanes

    def body(self) -> list[Step]:
        """What the answer says, in chunks."""
        pen = self.pen
        reasoning, text, refusal = pen.maybe(), pen.maybe(), pen.maybe()
        thought = cut_text(pen, reasoning or "")
        content = self.content(reasoning, text)
        refused = [speak("refusal", piece) for piece in cut_text(pen, refusal or "")]
        calls, one_by_one = self.calls()
        lanes = [[] if self.tagged else reasoning_lane(pen, thought), content, refused]
        mixed = pen.mixes([*lanes, *calls])
        last = calls.pop() if self.snapshots else []
        steps = pen.merged([*lanes, *([[step for lane in calls for step in lane]] if one_by_one else calls)], mixed)
        for quirk, delta in (
            (Quirk.ANNOTATIONS, Delta(annotations=[_NOTE])),
            (Quirk.EXECUTED_TOOLS, Delta(executed_tools=[_RAN])),
        ):
            if pen.use(quirk):
                pen.insert(quirk, steps, Step(said(delta)), len(steps))
        steps += last
        return self.shared(steps) if pen.allows(Quirk.SHARED_CHUNKS) else steps

    def content(self, reasoning: str | None, text: str | None) -> list[Step]:
        pen = self.pen
        tags = getattr(self.config, "think_tags", False)
        if not tags and reasoning is not None and pen.use(Quirk.THINK_TAGS):
            tags = (True, "opened", _OTHER_TAGS)[pen.roll(Quirk.THINK_TAGS, 3)]
            self.config = evolve(self.config, think_tags=tags)
        if not tags:
            return [speak("text", piece) for piece in cut_text(pen, text or "")]
        self.pairs = tags if isinstance(tags, tuple) else (_THINK,)
        if reasoning is None and tags != "opened":
            # What begins with a tag would be reasoning.
            return [speak("text", piece) for piece in pen.cut(_untagged(text or "", self.pairs))]
        if reasoning is None and text is None:
            return []
        opening, closing = self.pairs[0]
        self.tagged = ("" if tags == "opened" else opening) + _untagged(reasoning or "", self.pairs)
        return [speak("text", piece) for piece in pen.cut(f"{self.tagged}{closing}{text or ''}")]

    def calls(self) -> tuple[list[list[Step]], bool]:
        """The calls' lanes, and whether they must come one by one.

        If one comes as snapshots, it is the last: they are only believed at the end.
        """
        pen = self.pen
        identity = Identity.drawn(pen)
        plain = identity.anonymous and identity.lone
        for _ in range(pen.below(pen.choices.most + 1)):
            self.specs.append(pen.span(lambda: self.spec(plain, identity.sequential)))
        astray, steps = draw_strays(pen, self.specs)
        if astray:
            self.specs = astray
            return [steps], False
        legacy = next((spec for spec in self.specs[:1] if not spec.custom and not plain), None)
        if not pen.use(Quirk.LEGACY_CALL, legacy is not None):
            legacy = None
        ours = [spec for spec in self.specs if spec is not legacy]
        identity = identity.of(ours)
        self.snapshots = bool(ours) and self.may_repeat(identity, ours[-1])
        lanes = [legacy_lane(pen, legacy)] if legacy is not None else []
        lanes += [call_lane(pen, identity, spec, self.snapshots and spec is ours[-1]) for spec in ours]
        if len(ours) > 1:
            pen.use(Quirk.SHARED_INDEX, identity.index is Quirk.SHARED_INDEX)
            pen.use(Quirk.SHARED_ID, identity.shared)
        return lanes, identity.one_by_one

    def spec(self, plain: bool, sequential: bool) -> Spec:
        return draw_spec(self.pen, len(self.specs) + 1, self.config, self.wire == "inner-thoughts", plain, sequential)

    def may_repeat(self, identity: Identity, spec: Spec) -> bool:
        """Whether a call comes as snapshots: it must be a function's, in pieces."""
        fits = not spec.custom and not identity.whole and is_json(spec.arguments.text)
        return fits and self.pen.use(Quirk.SNAPSHOTS)

    def shared(self, steps: Sequence[Step]) -> list[Step]:
        """Some neighbours in one chunk."""
        joined: list[Step] = []
        for step in steps:
            both = together(joined[-1], step) if joined else None
            if both is not None and self.pen.sometimes(Quirk.SHARED_CHUNKS):
                joined[-1] = both
            else:
                joined.append(step)
        return joined

    # The envelope

    def ended(self, body: list[Step]) -> list[Step]:
        """The answer from its first chunk to its last."""
        pen = self.pen
        has_role, has_usage, is_done = pen.flip(), pen.flip(), pen.flip()
        if has_role:
            body.insert(0, Step(said(Delta(content=""))))  # OpenAI's first chunk, which has the role
        if body and not pen.used and can_be_whole(body) and not self.tagged and pen.use(Quirk.WHOLE_MESSAGE):
            body = [in_place(body)]
        astray = Quirk.STRAY_ARGUMENTS in pen.used  # what a part of such calls says is not known
        ending = None if self.snapshots or astray else pen.one_of(*_ENDINGS)
        if ending is not None:
            pen.use(ending)
            del body[pen.roll(ending, len(body) + 1) :]
        if pen.use(Quirk.USAGE_EACH_CHUNK, bool(body)):
            body = [_with_usage(step, 7 + at) for at, step in enumerate(body)]
        if ending is Quirk.TRUNCATED:
            return body
        if ending is Quirk.ERROR:
            error = failing(ERRORS[pen.roll(ending, len(ERRORS))])
            return [*body, error, *([_done()] if is_done else [])]
        finished = self.finished(body, ending is Quirk.CUT_OFF)
        after = self.usage(finished, has_usage)
        if is_done or Quirk.NO_FINISH in pen.used:
            after.append(_done())
        return [*finished, *after]

    def finished(self, body: list[Step], cut_off: bool) -> list[Step]:
        """The answer with its finish reason."""
        pen = self.pen
        calls = any(step.role == "call" for step in body)
        reason = "tool_calls" if calls else "stop"
        if cut_off:
            reason = CUT_OFF[pen.roll(Quirk.CUT_OFF, len(CUT_OFF))]
        elif pen.use(Quirk.NO_FINISH):
            return body
        elif pen.use(Quirk.STOP_AFTER_CALLS, calls):
            reason = "stop"
        elif not self.snapshots and pen.use(Quirk.OTHER_FINISH_WORD):
            reason = OTHER_WORDS[pen.roll(Quirk.OTHER_FINISH_WORD, len(OTHER_WORDS))]
        meant = Intent(reason=reason, over=True, fails=breaks(reason))
        finish = Step(said(Delta(), finish_reason=reason), (meant,))
        if pen.use(Quirk.USAGE_ON_FINISH):
            finish = _with_usage(finish, 9)
        if pen.use(Quirk.USAGE_IN_CHOICE):
            finish = _with_usage(finish, 10, in_choice=True)
        whole = bool(body) and not cut_off and not self.snapshots and not self.tagged and can_be_whole(body)
        whole = whole and not pen.used & {Quirk.HALF_PAIRS, Quirk.WHOLE_MESSAGE, Quirk.STRAY_ARGUMENTS}
        if pen.use(Quirk.WHOLE_AFTER_DELTAS, whole):
            finish = with_whole(finish, whole_message(body))
        late = not cut_off and not self.snapshots and bool(body) and bool(body[-1].meant)
        late = late and not meant.fails and not pen.used & {Quirk.WHOLE_MESSAGE, Quirk.WHOLE_AFTER_DELTAS}
        late = late and Quirk.STRAY_ARGUMENTS not in pen.used
        if pen.use(Quirk.LATE_PAYLOAD, late):
            at = len(body) - pen.roll(Quirk.LATE_PAYLOAD, len(body))
            steps = [*body[:at], finish, *body[at:]] if at < len(body) else _with_finish(body, finish)
        else:
            steps = [*body, finish]
        if pen.use(Quirk.TWO_FINISHES):
            again = (reason, "stop")[pen.roll(Quirk.TWO_FINISHES, 2)]
            steps.append(Step(said(Delta(), finish_reason=again), (Intent(reason=again),)))
        return steps

    def usage(self, steps: Sequence[Step], told: bool) -> list[Step]:
        """What is reported after everything."""
        pen = self.pen
        after: list[Step] = []
        if told:
            raw, usage = _usage(11)
            members = {"x_groq": {"usage": raw}} if pen.use(Quirk.USAGE_IN_X_GROQ) else {"usage": raw}
            after.append(Step(_without_choice(**members), (Intent(usage=usage),)))
        reported = any(meant.usage for step in [*steps, *after] for meant in step.meant)
        if pen.use(Quirk.USAGE_OF_NULLS, reported):
            after.append(Step(_without_choice(usage=_NULLS)))
        return after

    def noise(self, steps: list[Step]) -> None:
        """What says nothing, anywhere before the last chunk."""
        pen = self.pen
        last = max(0, len(steps) - 1)
        if pen.use(Quirk.EMPTY_FIRST):
            first = Chunk(id="", model="", prompt_filter_results=[{"prompt_index": 0}])
            steps.insert(0, Step(first))
        empty = _EMPTY[pen.roll(Quirk.EMPTY_DELTAS, len(_EMPTY))] if pen.allows(Quirk.EMPTY_DELTAS) else None
        for quirk, chunk in (
            (Quirk.EMPTY_DELTAS, said(empty)),
            (Quirk.NO_DELTA, said(content_filter_results=_FILTERED)),
            (Quirk.NULL_CHOICES, Chunk(choices=None)),
            (Quirk.UNDECODABLE, Undecodable("a bare word", lost=False)),
        ):
            if pen.use(quirk):
                pen.insert(quirk, steps, Step(chunk), last)
        own = self.config.choice
        if own is not None and pen.use(Quirk.OTHER_CHOICES):
            theirs = Choice(index=own + 1, delta=Delta(content="another answer"), finish_reason="stop")
            other = Step(Chunk(id=ANSWER_ID, choices=(theirs,)), role="other")
            pen.insert(Quirk.OTHER_CHOICES, steps, other, last)

    def renamed(self, steps: Sequence[Step]) -> list[Step]:
        """The steps with the chunk's id and the choice's index as this provider has them."""
        pen = self.pen
        own = self.config.choice or 0
        growing = Quirk.OTHER_CHOICES not in pen.used and pen.use(Quirk.GROWING_CHOICE, _count(steps, "choices") > 1)
        if growing:
            self.config = evolve(self.config, choice=None)
        ids = pen.use(Quirk.NEW_CHUNK_IDS, _count(steps, "id") > 1)
        renamed: list[Step] = []
        for at, step in enumerate(steps):
            chunk = step.chunk
            if isinstance(chunk, Chunk):
                if step.role != "other":
                    index = own + at if growing else own
                    choices = chunk.choices and tuple(evolve(choice, index=index) for choice in chunk.choices)
                    chunk = evolve(chunk, choices=choices)
                if ids and chunk.id:
                    chunk = evolve(chunk, id=f"chatcmpl-{at + 1}")
            renamed.append(evolve(step, chunk=chunk))
        return renamed

    def says(self, steps: Sequence[Step]) -> Says:
        ledger = summed(steps)
        close_calls(ledger, steps, ledger.over and not ledger.failed and all(map(closes, ledger.reasons)))
        config = self.config
        speaks = config.assistant_message_tool_name if getattr(config, "use_assistant_message", False) else None
        says = ledger.says(list(ledger.lanes), {spec.lane: spec.arguments for spec in self.specs}, speaks)
        if getattr(config, "estimate_usage", False) and says.usage == Usage():
            says = evolve(says, usage=None)
        says = evolve(says, finish_reason=ledger.reasons[0] if ledger.reasons else None)
        return (
            _split(says, self.tagged, *self.pairs[0])
            if self.tagged or getattr(self.config, "think_tags", False) == "opened"
            else says
        )


def _count(steps: Sequence[Step], member: str) -> int:
    """How many of the chunks have that member."""
    return sum(bool(getattr(step.chunk, member, None)) for step in steps)


def _without_choice(**members: Any) -> Chunk:
    return Chunk(id=ANSWER_ID, model=MODEL, **members)


def _done() -> Step:
    return Step(Done(), (Intent(over=True),))


def _usage(output: int) -> tuple[dict[str, int], Usage]:
    raw = {"prompt_tokens": 5, "completion_tokens": output, "total_tokens": 5 + output}
    return raw, Usage(5, output, total_tokens=5 + output, source="reported")


def _with_usage(step: Step, output: int, in_choice: bool = False) -> Step:
    raw, usage = _usage(output)
    if in_choice:
        (choice,) = step.chunk.choices
        return evolve(step, chunk=evolve(step.chunk, choices=(evolve(choice, usage=raw),))).plus(usage=usage)
    return evolve(step, chunk=evolve(step.chunk, usage=raw)).plus(usage=usage)


def _with_finish(body: Sequence[Step], finish: Step) -> list[Step]:
    """The finish reason, with what else came in its chunk, in the last chunk of the body."""
    *others, last = body
    *before, choice = last.chunk.choices
    (over,) = finish.chunk.choices
    usage = finish.chunk.usage or last.chunk.usage
    ended = evolve(choice, finish_reason=over.finish_reason, usage=over.usage)
    chunk = evolve(last.chunk, choices=(*before, ended), usage=usage)
    return [*others, Step(chunk, (*last.meant, *finish.meant))]


def _untagged(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    """A text without think tags."""
    for tag in (tag for pair in pairs for tag in pair):
        text = text.replace(tag, "(think)")
    return text


def _split(says: Says, tagged: str, opening: str, closing: str) -> Says:
    """What a content says that has reasoning in it, up to where it came.

    Half a tag is told for what it stands in: text before the reasoning, reasoning inside it.
    """
    content, opening = says.text, opening if tagged.startswith(opening) else ""
    if len(content) < len(opening):
        return says
    if len(content) < len(tagged) + len(closing):
        return evolve(says, text="", reasoning=content[len(opening) :])
    text = content[len(tagged) + len(closing) :]
    return evolve(says, text=text, reasoning=tagged[len(opening) :])
