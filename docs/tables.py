"""Tables of the manual that are made from the code: prints them, or with `--write` puts them into their pages."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import diagrams
import reference
from streamfold.adapters.laws import LAWS
from streamfold.reducer.responses.table import RULES
from streamfold.reducer.shared.extras import NOT_KEPT

HERE = Path(__file__).parent


def events() -> str:
    """The table of events, as Markdown: what each function of `responses.acts` says that it takes in."""
    lines = ["| event | is | of | can become a message |", "| --- | --- | --- | --- |"]
    for name, rule in RULES.items():
        about = " ".join(filter(None, (rule.item, rule.channel)))
        words = (rule.act.__doc__ or "").strip().removesuffix(".")
        lines.append(f"| `{name}` | {words[0].lower()}{words[1:]} | {about} | {'yes' if rule.emits else 'no'} |")
    return "\n".join(lines)


def laws() -> str:
    """The laws, as Markdown."""
    return "\n\n".join(f"{law.number}. **{law.name}.** {law.statement}" for law in LAWS)


def not_kept() -> str:
    """What is not kept of the members that no fold reads, as Markdown: by level, and by the reason."""
    lines = ["| level | members | why not |", "| --- | --- | --- |"]
    for level, members in NOT_KEPT.items():
        for reason in dict.fromkeys(members.values()):
            names = ", ".join(f"`{name}`" for name, why in members.items() if why == reason)
            lines.append(f"| {level} | {names} | {reason} |")
    return "\n".join(lines)


MADE: dict[str, Callable[[], str]] = {
    "events": events,
    "laws": laws,
    "not_kept": not_kept,
    "functions": diagrams.functions,
    "phases": diagrams.phases,
    "call": diagrams.call_life,
    "rooms": diagrams.rooms,
    "reference": reference.reference,
}
"""What is made, by the name in the comment that it stands behind: `<!-- made by docs/tables.py: laws -->`."""

_BLOCK = re.compile(r"(<!-- made by docs/tables\.py: (\w+) -->\n).*?(<!-- end of what is made -->)", re.DOTALL)


def pages() -> list[Path]:
    """The pages that something made stands in."""
    return [page for page in sorted(HERE.glob("*.md")) if _BLOCK.search(page.read_text("utf-8"))]


def page_as_made(page: Path) -> str:
    """A page, with what is made for it as it is now."""
    return _BLOCK.sub(lambda found: f"{found[1]}\n{MADE[found[2]]()}\n\n{found[3]}", page.read_text("utf-8"))


if __name__ == "__main__":
    for page in pages():
        if sys.argv[1:] == ["--write"]:
            page.write_text(page_as_made(page), "utf-8")
        else:
            print(page_as_made(page))
