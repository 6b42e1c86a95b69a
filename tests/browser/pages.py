"""Pages in a real browser: opened, watched for errors and requests, and judged by axe, which npm installs."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cassette import recording_of
from streamfold.adapters.page import film_of, page_of

HERE = Path(__file__).parent
STREAMS = HERE.parent / "streams"
BROWSER = os.environ.get("STREAMFOLD_BROWSER")
CHROMIUM = shutil.which("chromium") if BROWSER == "1" else BROWSER
MARKS = [
    pytest.mark.skipif(not BROWSER, reason="a real browser: asked for by STREAMFOLD_BROWSER=1"),
    pytest.mark.skipif(bool(BROWSER) and not CHROMIUM, reason="there is no chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

Open = Callable[..., Any]


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens a page of films; at the end nothing may have been loaded from anywhere, and nothing logged as an error."""
    wrong: list[str] = []
    opened = []

    def show(*films: Any, at: str = "", **options: Any) -> Any:
        path = tmp_path / "page.html"
        path.write_text(page_of(films), "utf-8")
        tab = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **options})
        opened.append(tab)
        tab.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None)
        tab.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        tab.on("request", lambda asked: None if asked.url.startswith(path.as_uri()) else wrong.append(asked.url))
        tab.goto(f"{path.as_uri()}{at}")
        return tab

    yield show
    for tab in opened:
        tab.close()
    assert wrong == []


@pytest.fixture(scope="package")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program of axe-core."""
    if not shutil.which("npm"):
        pytest.skip("there is no npm")
    folder = tmp_path_factory.mktemp("axe")
    shutil.copy(HERE / "package.json", folder)
    quietly = ("--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts")
    subprocess.run(["npm", "install", *quietly], cwd=folder, check=True, timeout=600)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def recorded(name: str) -> Any:
    return recording_of((STREAMS / name).read_bytes(), "inner-thoughts" if "inner" in name else None, path=name)


def film(name: str) -> Any:
    return film_of(recorded(name))


def film_of_deltas(*deltas: dict[str, Any]) -> Any:
    frames = [f"data: {json.dumps({'choices': [{'delta': delta}]})}\n\n" for delta in deltas]
    return film_of(recording_of("".join(frames).encode()))


def place(tab: Any) -> str:
    return str(tab.inner_text("#place"))


def wait_until(tab: Any, expression: str) -> None:
    """Wait until that is true in the page, whose policy keeps playwright's own way of waiting from evaluating it."""
    for _ in range(200):
        if tab.evaluate(expression):
            return
        tab.wait_for_timeout(20)
    raise AssertionError(f"never true: {expression}")
