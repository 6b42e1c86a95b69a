"""A configuration file: its fields under its name, or one line that says what is wrong."""

from pathlib import Path

import pytest
from streamfold.adapters.cli.config_file import config_in
from streamfold.adapters.errors import ConfigError, FileError


def test_its_fields_come_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"run_id": "r"}')
    assert config_in(str(tmp_path / "a.json")) == (str(tmp_path / "a.json"), {"run_id": "r"})


@pytest.mark.parametrize(("text", "error"), [("[]", ConfigError), ("{", FileError)])
def test_what_is_no_object_is_refused_with_its_name(tmp_path: Path, text: str, error: type[Exception]) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(error, match=r"a\.json"):
        config_in(str(tmp_path / "a.json"))
