"""The arguments of a call on their way out begin with nothing said and nothing held."""

from streamfold.reducer.completions.split_arguments import SplitArguments
from streamfold.reducer.values import json_scan
from streamfold.reducer.values.text import EMPTY, text


def test_it_begins_before_the_thoughts() -> None:
    split = SplitArguments(json_scan.start(("thinking",)))
    assert (split.assistant, split.held, split.through) == (False, EMPTY, False)


def test_equal_progress_is_an_equal_value() -> None:
    scans = [json_scan.feed(json_scan.start(("thinking",)), '{"thinking":"wh')[0] for _ in range(2)]
    one, other = (SplitArguments(scan, held=text("wh")) for scan in scans)
    assert (one, hash(one)) == (other, hash(other))
    assert one != SplitArguments(scans[0], held=text("why"))
