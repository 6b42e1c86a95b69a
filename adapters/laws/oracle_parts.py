"""What an output item says of one kind, read naively: joined, whatever numbers its parts have.

The fold goes by parts, and by their numbers where these can be trusted. Here a text is one, with marks where a part
surely ended; where more than one reading is left, there is none.
"""

from collections.abc import Sequence
from itertools import pairwise

from attrs import Factory, define


class TooOddError(Exception):
    """A naive reader cannot know what this stream says."""


def refuse(odd: bool) -> None:
    """Give up if the stream is too odd."""
    if odd:
        raise TooOddError


@define
class Kind:
    """The text of one kind, so far.

    Attributes:
        base: what is settled; added: what the item or its part began with, if that is not settled; seen: the deltas
            since.
        ends: where in the text a part surely ended; begun: one began since; unclear: one may have ended elsewhere.
        whole: the provider's text, where that contradicts the deltas; contradicted: whether one ever did.
        told: how much of what is said has been counted among what its channel says.
        late: deltas after the item was done, as long as these only repeat something; past: some did not.
    """

    base: str = ""
    added: str | None = None
    seen: str = ""
    ends: list[int] = Factory(list)
    begun: bool = False
    unclear: bool = False
    whole: str | None = None
    contradicted: bool = False
    late: str = ""
    past: bool = False
    told: int = 0

    @property
    def said(self) -> str:
        """What the messages say: of a beginning and the deltas after it the longer, if one begins like the other."""
        if self.added is None:
            return self.base
        if self.added.startswith(self.seen):
            return self.added
        return self.seen if self.seen.startswith(self.added) else self.added + self.seen

    @property
    def text(self) -> str:
        """What the result says."""
        refuse(bool(self.late))
        return self.said if self.whole is None else self.whole

    def begin(self, text: str) -> None:
        """A part begins, with this text."""
        refuse(self.begun and not text and self.said != "")
        if text and not self.said:
            self.added = text
        elif text:
            # An item and its part begin alike; else this may be another part.
            refuse(self.added != text or self.seen != "" or self.unclear)
        else:
            refuse(self.added is not None)
            self._end()
        self.begun = True

    def delta(self, piece: str, over: bool) -> None:
        """A piece; `over`: its item is done."""
        if over and not self.past:
            piece = self.late + piece
            self.late = piece if piece in self.said else ""
            if self.late:
                return
            self.past = True
        # After another kind, a piece may go on with what the item began with, repeat it, or be another part's.
        refuse(self.added is not None and self.unclear)
        if self.whole is not None:
            refuse(len(self.parts()) > 1)
            self.whole += piece
        if self.added is None:
            self.base += piece
        else:
            self.seen += piece

    def another_came(self) -> None:
        """Something of another kind came within the item: what goes on under another number is another part."""
        self.unclear = self.unclear or (bool(self.said) and self.ends[-1:] != [len(self.said)])

    def part_whole(self, whole: str) -> None:
        """The whole of a part; empty if it is left out."""
        self._settle_before(whole)
        parts = self.parts()
        if whole:
            self._refuse_again(whole)
            ended = bool(parts) and self.ends[-1:] == [len(self.said)]
            refuse(self.unclear or (ended and whole not in (parts[-1], self.whole)))
            if len(parts) < 2:
                self._compare(whole)
            elif whole != parts[-1]:
                of_last, of_all = not ended and whole.startswith(parts[-1]), whole.startswith(self.said)
                refuse(of_last == of_all or self.whole is not None)
                self.base += whole[len(parts[-1]) if of_last else len(self.said) :]
        self._end()
        self.begun = False

    def item_wholes(self, wholes: Sequence[str]) -> None:
        """The wholes of all parts, none empty."""
        whole = "".join(wholes)
        self._settle_before(whole)
        if whole:
            self._refuse_again(whole)
            unlike = not whole.startswith(self.said) and not self.said.startswith(whole)
            refuse(unlike and (self.unclear or len(self.parts()) > 1 or len(wholes) > 1))
            refuse(self.whole is not None and len(self.parts()) > 1)
            self._compare(whole)

    def _settle_before(self, whole: str) -> None:
        """Settle what came; a whole that contradicts it may be of what came after the end alone, if more did."""
        past = self.past
        self.settle()
        refuse(past and not whole.startswith(self.said) and not self.said.startswith(whole))

    def settle(self) -> None:
        """What came so far is settled."""
        refuse(bool(self.late))
        self.base, self.added, self.seen = self.said, None, ""
        self.past = False

    def parts(self) -> list[str]:
        """The text, by where its parts surely ended."""
        marks = [0, *self.ends, len(self.said)]
        return [self.said[at:to] for at, to in pairwise(marks) if at < to]

    def _end(self) -> None:
        if self.said and self.ends[-1:] != [len(self.said)]:
            self.ends.append(len(self.said))

    def _refuse_again(self, whole: str) -> None:
        """Give up at the whole of what had ended before more came: that may have been a repetition of it."""
        refuse(len(whole) in self.ends and len(whole) < len(self.said) and self.said.startswith(whole))

    def _compare(self, whole: str) -> None:
        if whole.startswith(self.base):
            self.base, self.whole = whole, None
            return
        self.contradicted = True
        self.whole = None if self.base.startswith(whole) else whole
