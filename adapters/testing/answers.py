"""Answers to requests that ask for no stream: said by a test, not recorded."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import frozen

from ..cassette.timeline import Status
from .exchange import Asked

__all__ = ["Answer", "AnswerBody", "Answers", "Match"]

Match: TypeAlias = Callable[[Asked], bool]
"""Whether an answer is for a request."""
AnswerBody: TypeAlias = "Mapping[str, Any] | Sequence[Any] | Callable[[Asked], Any]"
"""An answer's JSON, or what makes it of the request."""


@frozen
class Answer:
    """What a request gets, and which requests do; see `Replay.answer`."""

    body: AnswerBody
    path: str = ""
    match: Match | None = None
    status: int = 200
    times: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError(f"times must be above zero, or None for all, not {self.times!r}")

    def is_for(self, asked: Asked) -> bool:
        """Whether it answers this request."""
        return asked.path.endswith(self.path) and (self.match is None or bool(self.match(asked)))

    def made_for(self, asked: Asked) -> Status:
        """The answer to this request."""
        made: Any = self.body(asked) if callable(self.body) else self.body
        return Status(self.status, made)


class Answers:
    """All answers of a test, in the order in which they were said."""

    def __init__(self) -> None:
        self._given: list[tuple[Answer, int]] = []  # each with how many requests it was for

    def add(self, answer: Answer) -> None:
        """One more."""
        self._given.append((answer, 0))

    def take(self, asked: Asked) -> Status | None:
        """The first that is for a request, and not used up."""
        for at, (answer, used) in enumerate(self._given):
            if (answer.times is None or used < answer.times) and answer.is_for(asked):
                self._given[at] = (answer, used + 1)
                return answer.made_for(asked)
        return None
