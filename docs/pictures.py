"""The pictures of the README and the manual, made from a stream that ships: `python docs/pictures.py` writes them.

It needs Chromium, and what the extras `cli` and `browser` install.
"""

import shutil
from io import StringIO
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from streamfold.adapters.cassette import Recording, read_recording
from streamfold.adapters.cli.terminal import Terminal
from streamfold.adapters.page import film_of, page_of

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
STREAM = "tests/streams/chat_parallel_calls.sse"
WIDTH = 92  # characters of the terminal
CHUNK = 47  # the one that the page is shown at

# As rich writes an SVG, but for the window around it and for fonts from elsewhere.
SVG = """\
<svg viewBox="0 0 {terminal_width} {terminal_height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px;
  line-height: {line_height}px; }}
{styles}
</style>
<defs>{lines}</defs>
<rect width="{terminal_width}" height="{terminal_height}" rx="8" fill="#ffffff" stroke="#d0d0d0"/>
<svg x="2%" y="2%" width="96%" height="96%" viewBox="0 0 {terminal_width} {terminal_height}">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g>
</svg>
</svg>
"""


def terminal(recording: Recording) -> str:
    """What `streamfold replay` shows on a terminal, as an SVG."""
    console = Console(file=StringIO(), record=True, force_terminal=True, color_system="truecolor", width=WIDTH)
    console.print(f"$ streamfold replay {STREAM}", highlight=False)
    shown, machine = Terminal(recording.config.message_id, console), recording.machine
    state, messages = machine.start(recording.config)
    for chunk in recording.chunks:
        for message in messages:
            shown.show(message)
        state, messages = machine.step(state, chunk)
    for message in messages:
        shown.show(message)
    shown.conclude(machine.result(state))
    return console.export_svg(theme=DEFAULT_TERMINAL_THEME, code_format=SVG, unique_id="replay")


def page(recording: Recording) -> bytes:
    """The inspector's page at one of its chunks, as a PNG."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
        tab.set_content(page_of([film_of(recording, STREAM)]))
        tab.evaluate(f"location.hash = '#{CHUNK}'")
        tab.locator("summary", has_text="calls").click()
        tab.locator("#forward").blur()
        picture = tab.screenshot()
        browser.close()
    return picture


if __name__ == "__main__":
    shipped = read_recording(str(ROOT / STREAM))
    IMAGES.joinpath("replay.svg").write_text(terminal(shipped), "utf-8", newline="\n")
    IMAGES.joinpath("inspect.png").write_bytes(page(shipped))
