"""What a fold notes down about its stream, for a person to read: each thing once, with a count."""

from typing import Literal, TypeAlias

from attrs import evolve

from .values.frozen_value import value

Kind: TypeAlias = Literal["ignored", "mismatch", "repaired", "undecodable", "incomplete"]
"""See `Diagnostic`."""

_MOST = 64  # distinct notes; a stream of nothing but new kinds must not grow a state without bound
_LONGEST = 200  # characters of a note


@value
class Diagnostic:
    """Something about the stream that a reader of its result may want to know.

    Attributes:
        kind: "ignored" (a kind of chunk or field that the fold does not know, or that came after the end),
            "mismatch" (the provider's whole contradicts its deltas), "repaired" (a known quirk was mended),
            "undecodable" (a chunk that no chunk could be made of), "incomplete" (the stream ended inside something).
        detail: which field, chunk or call it is about, in words; cut off after 200 characters.
        count: how many times.
    """

    kind: Kind
    detail: str
    count: int = 1


def noted(diagnostics: tuple[Diagnostic, ...], kind: Kind, detail: str) -> tuple[Diagnostic, ...]:
    """`diagnostics` with one more of this kind and detail."""
    detail = detail if len(detail) <= _LONGEST else detail[: _LONGEST - 1] + "…"
    for at, known in enumerate(diagnostics):
        if known.kind == kind and known.detail == detail:
            return (*diagnostics[:at], evolve(known, count=known.count + 1), *diagnostics[at + 1 :])
    if len(diagnostics) >= _MOST:
        kind, detail = "ignored", "(further diagnostics)"
        if diagnostics[-1].detail == detail:
            return (*diagnostics[:-1], evolve(diagnostics[-1], count=diagnostics[-1].count + 1))
    return (*diagnostics, Diagnostic(kind, detail))
