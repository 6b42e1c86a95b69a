"""Faults as text: what an option and a header ask for."""

import pytest
from streamfold.adapters.errors import UsageError
from streamfold.adapters.server.provider.fault_text import faults_in
from streamfold.adapters.testing import Cut, Drop, Error, Garbage, Recut, Repeat, Slow, Stall


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ()),
        (" ; ", ()),
        ("stall:after=3", (Stall(3),)),
        ("stall:after=3,seconds=0.5", (Stall(3, 0.5),)),
        ("drop: after=3 , more=20,request=2", (Drop(3, more=20, request=2),)),
        ("cut:after=0", (Cut(0),)),
        ("error:after=3,message=no = never,code=busy", (Error(3, message="no = never", code="busy"),)),
        ("error:status=429", (Error(status=429),)),
        ("error", (Error(),)),
        ("garbage:after=3,data=pïng", (Garbage(3, "pïng".encode()),)),
        ("slow:seconds=0.01,size=16", (Slow(0.01, 16),)),
        ("recut:seed=7", (Recut(7),)),
        ("repeat:after=3,count=2; drop:after=9", (Repeat(3, 2), Drop(9))),
    ],
)
def test_what_is_asked_for_is_given(text: str, faults: tuple[object, ...]) -> None:
    assert faults_in(text) == faults


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("explode", r"'explode': no such fault \(there are stall, drop, cut, error, garbage, slow, recut, repeat\)"),
        ("stall", "'stall': stall needs after, as in 'stall:after=3'"),
        ("slow:size=3", "slow needs seconds"),
        ("stall:after=three", "after must be a number, not 'three'"),
        ("stall:after=-1", "Stall: after must be 0 or more, not -1"),
        ("stall:after=1,seconds=nan", "Stall: seconds must be above zero, not nan"),
        ("stall:status=3", r"stall has no 'status' \(it has request, after, seconds\)"),
        ("recut:sizes=3", "recut has no 'sizes'"),
        ("error:exception=KeyError", "error has no 'exception'"),
        ("error:after=3,status=429", "Error: a status comes in the answer's place"),
        ("drop:after=1;stall:", "'stall:': stall needs after"),
    ],
)
def test_what_is_no_fault_is_refused_in_one_line(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as refused:
        faults_in(text)
    assert "\n" not in str(refused.value)
