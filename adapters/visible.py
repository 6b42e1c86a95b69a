"""Text that a person sees: it cannot steer a terminal, turn the line around, or hide what it says.

What a model, a provider, a recorded file or a file's name says is somebody else's. So all of it that is shown to a
person goes through here: on the terminal, in complaints on standard error, in pytest's reports. Text in any language
stays as it is, emoji with their joiners too.
"""

import re

__all__ = ["STEERING", "on_one_line", "visible"]

STEERING = (
    "\x00-\x1f"  # C0 controls: ESC begins the sequences that move, erase, retitle and link
    "\x7f-\x9f"  # DEL and the C1 controls, among them CSI and OSC as one character
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # what turns the direction of the text around it
    "\u2028\u2029"  # ends of lines and paragraphs
    "\ufff9-\ufffb"  # interlinear annotation, which hides what it annotates with
    "\ud800-\udfff"  # half of a surrogate pair, which cannot be encoded
    "\U000e0000-\U000e007f"  # tags: ASCII that nobody sees
)
"""These characters, as a class of a regular expression has them."""

_STEERING = re.compile(f"[{STEERING}]")
_SPACE = re.compile(r"\s+")
_LINE_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def visible(text: str, keep: str = "\n\t") -> str:
    r"""A text in which each character that is not shown as itself is written as its escape, `\u001b`.

    Args:
        text: anything.
        keep: characters that stay, as the caller places them himself.
    """
    if text.isprintable():  # as nearly every text is, and told many times as fast as by a search
        return text
    return _STEERING.sub(lambda match: match[0] if match[0] in keep else _escape(match[0]), text)


def on_one_line(text: str, longest: int | None = None) -> str:
    """A text as part of a line: a line break with the spaces around it is one space, and a tab is one.

    Args:
        text: anything.
        longest: how many characters of it are shown; None: all.
    """
    if longest is not None and len(text) > longest:
        text = f"{text[:longest]} …"
    if text.isprintable():
        return text
    return visible(_SPACE.sub(_joined, text).replace("\t", " "), "")


def _joined(space: re.Match[str]) -> str:
    return " " if _LINE_BREAK.search(space[0]) else space[0]


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
