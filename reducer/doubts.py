"""Why a tool call is not safe to run: a closed set of reasons, and one of them with what it is about."""

from enum import Enum

from .values.frozen_value import value
from .values.json_status import START, scan_on


class Doubt(str, Enum):  # noqa: UP042
    """A reason not to run a tool call. A call is complete exactly when there is none.

    Attributes:
        NO_NAME: no name came, or only white space.
        NOT_JSON: a function's arguments are no JSON.
        NOT_AN_OBJECT: they are JSON, but no object.
        CUT_OFF: the wire has not said that the call is over, or has said that the answer was cut off or failed.
        NO_FINISH_WORD: the answer was over without a word that says why, and no whole arguments had come.
        UNKNOWN_FINISH_WORD: the answer ended with a word that is not known to mean success.
        FRAME_LOST: something that could not be read came while the arguments were coming; a part may be missing.
        ORPHAN_ARGUMENTS: arguments came that may belong to this call or to another, and nothing says to which.
        CONFLICTING_WHOLE: after whole arguments came others, or the provider's whole differs from its pieces.
        LIMIT: a limit ended the fold while the call was open.
    """

    NO_NAME = "NO_NAME"
    NOT_JSON = "NOT_JSON"
    NOT_AN_OBJECT = "NOT_AN_OBJECT"
    CUT_OFF = "CUT_OFF"
    NO_FINISH_WORD = "NO_FINISH_WORD"
    UNKNOWN_FINISH_WORD = "UNKNOWN_FINISH_WORD"
    FRAME_LOST = "FRAME_LOST"
    ORPHAN_ARGUMENTS = "ORPHAN_ARGUMENTS"
    CONFLICTING_WHOLE = "CONFLICTING_WHOLE"
    LIMIT = "LIMIT"


@value
class Doubted:
    """A doubt about one tool call.

    Attributes:
        doubt: the reason.
        detail: what it is about, in words.
    """

    doubt: Doubt
    detail: str = ""


UNNAMED = Doubted(Doubt.NO_NAME, "no name came")
STILL_OPEN = Doubted(Doubt.CUT_OFF, "the wire has not closed the call")
AT_LIMIT = Doubted(Doubt.LIMIT, "a limit ended the fold while the call was open")


def doubts_of_call(name: str, arguments: str, raw: bool, closed: bool, *others: Doubted) -> tuple[Doubted, ...]:
    """The doubts about a call.

    Args:
        name: its name; empty where none came.
        arguments: as the result has them.
        raw: whether they are a custom tool's raw text, which may be anything.
        closed: whether the wire said that the call was over, and cut nothing off.
        others: what else its wire found.
    """
    plain = (*(() if name.strip() else (UNNAMED,)), *(() if closed else (STILL_OPEN,)))
    return (*plain, *others, *(() if raw else doubts_of_arguments(arguments)))


def doubts_of_arguments(arguments: str) -> tuple[Doubted, ...]:
    """What is wrong with a function's arguments as they came: they must be one JSON object, and whole."""
    scan = scan_on(START, arguments)
    if scan.is_object:
        return ()
    if scan.status == "complete":
        return (Doubted(Doubt.NOT_AN_OBJECT, "the arguments are JSON, but no object"),)
    return (Doubted(Doubt.NOT_JSON, "the arguments are not JSON"),)
