"""Attacks by JSON in one piece: what a scan of it takes in memory beside the text, whatever repeats in it."""

import tracemalloc
from collections.abc import Callable

import pytest
from streamfold.reducer.values import json_scan, json_status

MOST_TIMES = 12
SIZE = 200_000
TEXTS = {
    "escapes": '{"a":"' + "\\n" * (SIZE // 2),
    "escapes in a chosen member": '{"thinking":"' + "\\n" * (SIZE // 2),
    "members": "{" + '"a":1,' * (SIZE // 6),
    "elements": "[" + "1," * (SIZE // 2),
    "members of a list": '{"a":[' + '"b",' * (SIZE // 4),
    "brackets": '{"a":' + "[" * SIZE,
}
SCANS: dict[str, Callable[[str], object]] = {
    "split": lambda text: json_scan.feed(json_scan.start(("thinking",)), text),
    "status": json_status.json_status,
}


@pytest.mark.deep
@pytest.mark.parametrize("scan", SCANS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_scan_takes_a_few_times_its_text_of_memory(text: str, scan: str) -> None:
    SCANS[scan]("{}")
    tracemalloc.start()
    try:
        SCANS[scan](TEXTS[text])
        assert tracemalloc.get_traced_memory()[1] <= MOST_TIMES * len(TEXTS[text])
    finally:
        tracemalloc.stop()
