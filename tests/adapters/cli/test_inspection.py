"""`streamfold inspect`: the page it writes, where, and what it says when it cannot."""

import json
import shutil
from pathlib import Path

import pytest
from streamfold.adapters.cli import main

STREAM = Path(__file__).parents[2] / "streams" / "chat_parallel_calls.sse"


def data_of(page: Path) -> dict[str, object]:
    text = page.read_text("utf-8").partition('id="data">')[2].partition("</script>")[0]
    found: dict[str, object] = json.loads(text)
    return found


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    return Path(shutil.copy(STREAM, tmp_path / "one.sse"))


def test_the_page_is_beside_the_file_and_its_path_is_said(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(stream)]) == 0
    page = stream.with_suffix(".html")
    assert capsys.readouterr().out == f"{page}\n"
    films = data_of(page)["films"]
    assert isinstance(films, list)
    assert len(films[0]["moments"]) == 69


def test_two_files_or_two_configurations_are_side_by_side(stream: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert main(["inspect", str(stream), str(STREAM), "-o", str(page)]) == 0
    assert data_of(page)["start"] is None
    plain, tagged = tmp_path / "a.json", tmp_path / "b.json"
    plain.write_text("{}")
    tagged.write_text('{"requires_approval_tools": ["get_weather"]}')
    assert main(["inspect", str(stream), "--config", str(plain), "--config", str(tagged), "-o", str(page)]) == 0
    found = data_of(page)
    assert found["start"] is not None
    films = found["films"]
    assert isinstance(films, list)
    assert [film["title"] for film in films] == [f"{stream} with {one}" for one in (plain, tagged)]


def test_with_check_the_laws_are_checked(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(stream), "--check"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a", "b", "c"], "one recording, two, or one under two"),
        (["-"], "needs a name: -o FILE"),
        (["-", "-"], "read once"),
        (["no-such-file"], "no such file"),
    ],
)
def test_what_cannot_be_shown_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_page_that_cannot_be_written_is_one_line(
    stream: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", str(stream), "-o", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[]")
    assert main(["inspect", str(stream), "--config", str(wrong)]) == 2
    assert "must be a JSON object" in capsys.readouterr().err


def test_a_file_of_the_pages_name_is_not_lost(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = stream.with_suffix(".html")
    page.write_text("somebody's own")
    assert main(["inspect", str(stream)]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"{page} is there and is no page of streamfold; -o writes over it" in err
    assert page.read_text() == "somebody's own"
    assert main(["inspect", str(stream), "-o", str(page)]) == 0
    assert data_of(page)["films"]


def test_a_page_is_made_anew(stream: Path) -> None:
    page = stream.with_suffix(".html")
    assert main(["inspect", str(stream)]) == 0
    first = page.read_text("utf-8")
    stream.write_bytes(stream.read_bytes() * 2)
    assert main(["inspect", str(stream)]) == 0
    assert page.read_text("utf-8") != first


def test_a_page_never_takes_its_recordings_place(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = stream.read_bytes()
    assert main(["inspect", str(stream), "-o", str(stream)]) == 2
    assert "the page would take the recording's place" in capsys.readouterr().err
    assert stream.read_bytes() == before


def test_a_missing_recording_is_named_though_its_page_is_there(
    stream: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", str(stream)]) == 0
    stream.unlink()
    capsys.readouterr()
    assert main(["inspect", str(stream)]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"{stream}: no such file" in err
