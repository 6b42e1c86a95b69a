"""Any recorded stream, read as what it is."""

import pytest
from streamfold.adapters.cassette.format import CassetteError
from streamfold.adapters.cassette.recording import is_cassette
from streamfold.adapters.wire.sse import Frame
from support.rooms.cassettes import HEADER, read, recorded


@pytest.mark.parametrize("cut", range(len(HEADER)))
def test_what_is_taken_for_a_cassette_is_what_the_format_begins_with(cut: int) -> None:
    with pytest.raises(CassetteError) as refusal:
        read(HEADER[:cut] + b"\n{}\n")
    is_one = "it does not begin with a header" not in str(refusal.value)
    assert is_cassette(Frame(HEADER[:cut], "", 1, 1)) is is_one


def test_a_recording_is_taken_for_a_cassette() -> None:
    assert is_cassette(Frame(recorded().split(b"\n")[0], "", 1, 1))
