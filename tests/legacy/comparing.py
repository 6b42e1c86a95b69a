"""Whether two answers to a stream are the same, but for what `differential.legacy_reasons` knows to differ."""

from pathlib import Path
from typing import Any, Literal

from attrs import fields, frozen
from differential.legacy_answers import Answer, Case, answer_of_theirs, frames_of
from differential.legacy_reasons import explained
from environment import VERSION


@frozen
class Verdict:
    """What came of a comparison.

    Attributes:
        kind: "equal" if each message is, and all that is there at the end; "equal runs" if the same is said in other
            pieces; "explained" if the two are equal once each defect that is known is made; else "unexplained".
        defects: those that made a difference.
        difference: what is left, in words.
    """

    name: str
    interface: str
    config: Any
    kind: Literal["equal", "equal runs", "explained", "unexplained"]
    defects: tuple[str, ...] = ()
    difference: str = ""


def compared(recording: Path, interface: str, config: Any, both: dict[str, Any]) -> Verdict:
    """The verdict about both answers to a recorded stream."""
    theirs, ours = both["theirs"], both["ours"]
    about = (recording.stem, interface, config)
    if theirs == ours:
        return Verdict(*about, "equal")
    golden, found = answer_of_theirs(theirs), answer_of_theirs(ours)
    expected, touched = explained(Case(*about, frames_of(recording), golden), found, VERSION)
    defects = tuple(reason.defect for reason in touched)
    if expected != golden or (theirs["usage"] == ours["usage"] and theirs["statistics"] != ours["statistics"]):
        return Verdict(*about, "unexplained", defects, _difference(expected, golden))
    return Verdict(*about, "explained" if defects else "equal runs", defects)


def _difference(ours: Answer, theirs: Answer) -> str:
    names = [field.name for field in fields(Answer)]
    pairs = [(name, getattr(theirs, name), getattr(ours, name)) for name in names]
    return "\n".join(f"  {name}\n    {one!r:.500}\n    {other!r:.500}" for name, one, other in pairs if one != other)
