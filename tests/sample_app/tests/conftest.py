"""Which transcript is tested: the good one, or the one of buggy.py that TRANSCRIPT names."""

import os

import buggy
import pytest
import transcript
from hypothesis import HealthCheck, Phase, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples each time, and the first that fails as it is: to know that something is wrong, not what.
settings.register_profile(
    "gate", settings.get_profile("default"), derandomize=True, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def transcript_class() -> type[transcript.Transcript]:
    name = os.environ.get("TRANSCRIPT")
    return getattr(buggy, name) if name else transcript.Transcript


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
