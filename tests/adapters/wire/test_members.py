from streamfold.adapters.wire.members import arguments_in, kind_of, members_in, number_in, text_in


def test_what_is_of_another_type_is_mended_or_left_out() -> None:
    repairs: list[str] = []
    assert (text_in({"a": 5}, "a", repairs), number_in({"a": "5"}, "a", repairs)) == ("5", 5)
    assert arguments_in({"a": {"b": 1}}, "a", repairs) == '{"b":1}'
    assert (members_in("x"), kind_of(None), kind_of([])) == ({}, "null", "a list")
    assert len(repairs) == 3
