"""What the attacks share."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture
def usual_garbage() -> Iterator[None]:
    """Garbage is collected as an application has it: the tests' own settings let more of it wait."""
    threshold = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*threshold)
