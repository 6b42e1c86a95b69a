"""The texts of a Chat Completions state in the making: the answer's, the reasoning and the refusal."""

from collections.abc import Sequence

from ..shared import emit
from ..shared.draft import Draft
from ..values.frozen_value import evolve
from ..values.halves import ends_in_half, fate_of_half, join_halves
from ..values.text import EMPTY
from . import think_tags, whole
from .chunk import Delta
from .envelope import CompletionsEnvelope
from .state import NO_HALVES, State
from .whole import CHANNELS, Channel


class TextsDraft(Draft[State, CompletionsEnvelope]):
    """The part of a draft that is about texts; its fields are those of the state."""

    __slots__ = ("echo", "halves", "reasoning", "refusal", "tags", "text")

    def __init__(self, state: State) -> None:
        super().__init__(state, state.envelope)
        self.text = state.text
        self.reasoning = state.reasoning
        self.refusal = state.refusal
        self.tags = state.tags
        self.halves = state.halves
        self.echo = state.echo

    def new_reasoning(self, delta: Delta, in_details: str, is_last: bool) -> str:
        """A delta's reasoning, without what it only says again.

        All of it may come once more at the end: with the finish word, when something else was said since, or in one
        block after it came by another name.

        Args:
            delta: the delta.
            in_details: what is new of the texts of its details.
            is_last: whether the finish word came with it.
        """
        reasoning, came = whole.reasoning_in(delta), self.reasoning
        if not reasoning or not came:
            return reasoning
        member, known = whole.reasoning_member(delta), self.envelope.reasoning_member
        if self.before.config.cumulative_reasoning:
            return in_details if member == "reasoning_details" else self._beyond(reasoning)
        may_be_all = (is_last and self.run.type != "reasoning_message") or (member in whole.BLOCKS and member != known)
        if may_be_all and len(came) == len(reasoning) and came.begins(reasoning):
            self.note("repaired", "all of the reasoning came again")
            return ""
        return reasoning

    def _beyond(self, reasoning: str) -> str:
        """What is new of reasoning that repeats what came before it."""
        self._settle_halves([("reasoning", reasoning)])
        missing, verdict = whole.compare(self.reasoning, reasoning)
        return reasoning if verdict == "contradicted" else missing

    def read_content_and_reasoning(self, content: str, reasoning: str, thought: bool) -> None:
        """What one delta has of both; `thought`: whether its content is reasoning as well."""
        inside = thought or (self.tags is not None and self.tags.phase == "inside" and not self.tags.flagged)
        if content and self.run.type == "assistant_message" and not inside:
            self._read_content(content, thought)
            content = ""
        if reasoning:
            self.receive("reasoning", reasoning)
        if content:
            self._read_content(content, thought)

    def _read_content(self, content: str, thought: bool) -> None:
        self._read_divided(self._without_half("reasoning" if thought else "text", content), thought)

    def _read_divided(self, content: str, thought: bool) -> None:
        """Content whose characters are whole, which think tags may divide."""
        pieces: Sequence[whole.Piece] = [("text", content)]
        if thought and content and self.tags is None and not (self.text or self.reasoning):
            self.tags = think_tags.FLAGGED
        if self.tags is not None and self.tags.flagged:
            self.tags, pieces = think_tags.split_flagged(self.tags, content, thought)
        else:
            if self.tags is not None:
                self.tags, pieces = think_tags.split(self.tags, content)
            pieces = [("reasoning", piece) for _, piece in pieces] if thought else pieces
        self._read_pieces(pieces)

    def _without_half(self, channel: Channel, piece: str) -> str:
        """A piece with the half character that was held before it, and without one at its end, which is held."""
        if self.halves is None and not ends_in_half(piece):
            return piece
        halves = NO_HALVES if self.halves is None else self.halves
        piece, half = join_halves(getattr(halves, channel), piece)
        halves = evolve(halves, **{channel: half})
        self.halves = None if halves == NO_HALVES else halves
        return piece

    def _read_pieces(self, pieces: Sequence[whole.Piece]) -> None:
        for channel, piece in pieces:
            new = piece if self.echo is None else self._without_echo(channel, piece)
            if new:
                self.read_piece(channel, new)

    def _without_echo(self, channel: Channel, piece: str) -> str:
        """A piece without what only says a whole answer again."""
        assert self.echo is not None
        self.echo, piece, count = self.echo.read(channel, getattr(self, channel), piece)
        if count:
            self.note("repaired", f"the whole {channel} came again", count)
        return piece

    def receive(self, channel: Channel, piece: str) -> None:
        """A piece of a channel as the wire has it."""
        self._read_pieces([(channel, self._without_half(channel, piece))])

    def read_piece(self, channel: Channel, piece: str) -> None:
        """A piece of a channel, whose characters are whole.

        Raises:
            LimitPassed: if not all of it fits.
        """
        came = piece
        piece = came[: self.room(len(getattr(self, channel)))]
        if not piece:
            self.pass_limit(f"the {channel}")
            return
        if channel == "text":
            self.text = self.text.append(piece)
            self.emit(emit.text(self.run, piece))
        elif channel == "reasoning":
            self.reasoning = self.reasoning.append(piece)
            self.emit(emit.reasoning(self.run, piece))
        else:
            self.refusal = self.refusal.append(piece)
            self.emit(emit.refusal(self.run, piece))
        if len(piece) < len(came):
            self.pass_limit(f"the {channel}")

    def reconcile_texts(self, pieces: Sequence[whole.Piece], beside: bool) -> None:
        """The whole texts, in their order; beside a delta they are no last word."""
        if self.tags is not None and self.tags.held and whole.joined(pieces, "reasoning", "text"):
            self.tags = evolve(self.tags, phase="after", held="")  # the whole has it
        self._settle_halves(pieces)
        came = {"reasoning": self.reasoning, "text": self.text, "refusal": self.refusal}
        compared = {of: whole.compare(text, whole.joined(pieces, of)) for of, text in came.items()}
        for of, missing in whole.ends_of(pieces, {of: len(one.missing) for of, one in compared.items()}):
            self.receive(of, missing)
        for channel, (_, verdict) in compared.items():
            if verdict == "contradicted":
                self.note("mismatch", f"the whole {channel} differs from what came")
                if not beside:
                    entire = whole.joined(pieces, channel)
                    setattr(self, channel, EMPTY.append(entire[: self.limits.characters]))
                    if len(entire) > self.limits.characters:
                        self.pass_limit(f"the {channel}")
            elif verdict and not beside:
                self.note("mismatch", f"the whole {channel} lacks the end of what came")

    def _settle_halves(self, pieces: Sequence[whole.Piece]) -> None:
        """Forget the halves whose characters the whole texts have, and emit those that they contradict."""
        halves, self.halves = self.halves, None
        for channel in CHANNELS if halves is not None else ():
            half = getattr(halves, channel)
            tagged = channel == "text" and self.tags is not None and whole.joined(pieces, "text", "reasoning")
            if half and not tagged:
                fate = fate_of_half(whole.joined(pieces, channel), getattr(self, channel), half)
                if fate == "held":
                    self.receive(channel, half)
                elif fate == "alone":
                    self.read_piece(channel, half)

    def flush_texts(self) -> None:
        """Emit what is held: halves of characters, and what might have been the beginning of a tag."""
        echo, self.echo = self.echo, None
        if echo is not None and echo.is_partial:
            if echo.over:
                self.note("ignored", "the beginning of the answer, which came again")
            else:
                self._read_pieces([(of, getattr(self, of).between(0, getattr(echo, of))) for of in CHANNELS])
        halves, self.halves = self.halves, None
        if halves is not None:
            self._read_divided(halves.text, False)
            self._read_pieces([("reasoning", halves.reasoning), ("refusal", halves.refusal)])
        if self.tags is not None:
            self.tags, pieces = think_tags.flush(self.tags)
            self._read_pieces(pieces)
