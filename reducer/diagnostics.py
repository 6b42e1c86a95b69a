"""What a fold notes down about its stream, for a person to read: each thing once, with a count."""

from typing import Literal, TypeAlias

from .values.frozen_value import evolve, value

Kind: TypeAlias = Literal["ignored", "mismatch", "repaired", "undecodable", "incomplete", "kept"]
"""See `Diagnostic`."""

_MOST = 64  # distinct notes of one kind, which no other kind crowds out; further ones are counted as one
FURTHER = "(further ones)"
"""The detail of the notes of a kind for which there is no room."""
_LONGEST = 200  # characters of a note


@value
class Diagnostic:
    """Something about the stream that a reader of its result may want to know.

    Attributes:
        kind: "ignored" (a kind of chunk or field that the fold does not know, or that came after the end),
            "mismatch" (the provider's whole contradicts its deltas), "repaired" (a known quirk was mended),
            "undecodable" (a chunk that no chunk could be made of), "incomplete" (the stream ended inside something),
            "kept" (a member that no fold reads, which is in the result's extras; said once).
        detail: which field, chunk or call it is about, in words; cut off after 200 characters. After 64 of a kind the
            further ones are one, "(further ones)".
        count: how many times.
        where: in which frame it was first, where that is known.
    """

    kind: Kind
    detail: str
    count: int = 1
    where: str = ""


def noted(
    diagnostics: tuple[Diagnostic, ...], kind: Kind, detail: str, where: str = "", count: int = 1
) -> tuple[Diagnostic, ...]:
    """`diagnostics` with so many more of this kind and detail, wherever."""
    detail = detail if len(detail) <= _LONGEST else detail[: _LONGEST - 1] + "…"
    of_kind, further = 0, -1
    for at, known in enumerate(diagnostics):
        if known.kind == kind:
            if known.detail == detail:
                return diagnostics if kind == "kept" and detail != FURTHER else _with_more(diagnostics, at, count)
            of_kind += 1
            if known.detail == FURTHER:
                further = at
    if further >= 0:
        return _with_more(diagnostics, further, count)
    if of_kind >= _MOST:
        detail, where = FURTHER, ""
    return (*diagnostics, Diagnostic(kind, detail, count, where))


def _with_more(diagnostics: tuple[Diagnostic, ...], at: int, count: int) -> tuple[Diagnostic, ...]:
    """The diagnostics, one of which there are more of."""
    known = diagnostics[at]
    return (*diagnostics[:at], evolve(known, count=known.count + count), *diagnostics[at + 1 :])
