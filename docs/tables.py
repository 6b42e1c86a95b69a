"""Tables of the manual that are made from the code: prints them, or with `--write` puts them into their pages."""

import sys
from pathlib import Path

from streamfold.reducer.events import RULES

PAGE = Path(__file__).with_name("responses.md")
BEGIN, END = "<!-- table of events: made by docs/tables.py -->", "<!-- end of the table -->"

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


def table() -> str:
    """The table of events, as Markdown."""
    lines = ["| event | does | can say something |", "| --- | --- | --- |"]
    for name, rule in RULES.items():
        does = WORDS[rule.act].format(channel=rule.channel)
        lines.append(f"| `{name}` | {does} | {'yes' if rule.effect == 'message' else 'no'} |")
    return "\n".join(lines)


def page_with_table(page: str) -> str:
    """The page with the table as it is now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page_with_table(PAGE.read_text("utf-8")), "utf-8")
    else:
        print(table())
