"""Tables of the manual that are made from the code: prints them, or with `--write` puts them into their pages."""

import sys
from pathlib import Path

from streamfold.adapters.laws.statements import LAWS
from streamfold.reducer.responses.event import RULES

HERE = Path(__file__).parent
BEGIN, END = "<!-- made by docs/tables.py -->", "<!-- end of what is made -->"

WORDS = {
    "delta": "says a piece of the {channel}",
    "whole": "says what is missing of the {channel}; a contradiction is noted",
    "part": "the same, for a whole part",
    "item": "opens the item: says what it has already",
    "item done": "closes the item: says what is missing; later deltas for it are ignored",
    "annotation": "says a citation",
    "progress": "says a server tool's status",
    "piece": "says a piece of a server tool's {channel}",
    "response": "model and id",
    "terminal": "the response's last word: items, usage, status",
    "error": "ends the fold in failure",
    "none": "nothing",
}


def events() -> str:
    """The table of events, as Markdown."""
    lines = ["| event | does | can say something |", "| --- | --- | --- |"]
    for name, rule in RULES.items():
        does = WORDS[rule.act].format(channel=rule.channel)
        lines.append(f"| `{name}` | {does} | {'yes' if rule.effect == 'message' else 'no'} |")
    return "\n".join(lines)


def laws() -> str:
    """The laws, as Markdown."""
    return "\n\n".join(f"{law.number}. **{law.name}.** {law.statement}" for law in LAWS)


PAGES = {"responses.md": events, "laws.md": laws}
"""What is made, by the page that it stands in."""


def page_with_table(name: str) -> str:
    """A page, with what is made for it as it is now."""
    before, _, rest = (HERE / name).read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{PAGES[name]()}\n\n{END}{after}"


if __name__ == "__main__":
    for name in PAGES:
        if sys.argv[1:] == ["--write"]:
            (HERE / name).write_text(page_with_table(name), "utf-8")
        else:
            print(PAGES[name]())
