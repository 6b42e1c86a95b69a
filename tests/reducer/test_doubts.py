"""What is wrong with arguments as they came."""

import pytest
from streamfold.reducer.doubts import Doubt, Doubted, doubts_of_arguments, doubts_of_call


@pytest.mark.parametrize(
    ("arguments", "doubts"),
    [
        ("{}", []),
        (' {"a": [1]} ', []),
        ("[1]", [Doubt.NOT_AN_OBJECT]),
        ("null", [Doubt.NOT_AN_OBJECT]),
        ("12", [Doubt.NOT_AN_OBJECT]),
        ("", [Doubt.NOT_JSON]),
        ('{"a"', [Doubt.NOT_JSON]),
        ("{}{}", [Doubt.NOT_JSON]),
    ],
)
def test_arguments_must_be_one_whole_object(arguments: str, doubts: list[Doubt]) -> None:
    found = doubts_of_arguments(arguments)
    assert [doubted.doubt for doubted in found] == doubts
    assert all(doubted.detail for doubted in found)


def test_a_doubt_is_its_name() -> None:
    assert {doubt.name: doubt.value for doubt in Doubt} == {doubt.value: doubt for doubt in Doubt}
    assert Doubted(Doubt.LIMIT) == Doubted(Doubt("LIMIT"), "")


def test_every_doubt_about_a_call_is_told_in_one_order() -> None:
    lost = Doubted(Doubt.FRAME_LOST, "x")
    assert doubts_of_call("go", "{}", raw=False, closed=True) == ()
    assert doubts_of_call("go", "ls }{", True, True) == ()
    found = [doubted.doubt for doubted in doubts_of_call("", "[1]", False, False, lost)]
    assert found == [Doubt.NO_NAME, Doubt.CUT_OFF, Doubt.FRAME_LOST, Doubt.NOT_AN_OBJECT]
