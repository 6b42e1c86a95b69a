"""The sample application is a project of its own: its tests run where it is the root, not amid those of another."""

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return None if config.rootpath == Path(__file__).parent else True
