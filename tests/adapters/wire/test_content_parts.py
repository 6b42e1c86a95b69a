from streamfold.adapters.wire.content_parts import deltas_of, joined_extras
from streamfold.reducer.completions.chunk import Delta


def test_a_part_that_is_no_text_rides_along() -> None:
    repairs: list[str] = []
    image = {"type": "image_url", "image_url": {"url": "u"}}
    assert list(deltas_of(image, repairs)) == [Delta(extras={"content": [image]})]
    assert len(repairs) == 1


def test_the_unread_members_of_several_parts_are_joined() -> None:
    parts = [Delta(extras={"content": [1]}), Delta(), Delta(extras={"content": [2], "a": 3})]
    assert joined_extras(parts) == {"content": [1, 2], "a": 3}
    assert joined_extras([Delta()]) is None
