from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.otid import RunCursor, approval_id, initial_cursor, otid, synthetic_call_id
from support.law_checks import APPROVAL_ID, MESSAGE_ID

BARE_ID = MESSAGE_ID.removeprefix("message-")


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (0, "11111111-2222-4333-8444-555555555580"),
        (1, "11111111-2222-4333-8444-555555555581"),
        (10, "11111111-2222-4333-8444-55555555558a"),
        (127, "11111111-2222-4333-8444-5555555555ff"),
        (128, "036a992c-40db-5e99-a2fe-0c33a31eb796"),
        (300, "6b9a06a9-9d73-53ff-bbfe-a4c60c14ae0c"),
    ],
)
def test_the_otid_of_a_run_is_fixed_for_good(index: int, expected: str) -> None:
    assert otid(MESSAGE_ID, index) == expected


def test_index_minus_one_is_the_message_id_itself() -> None:
    assert otid(MESSAGE_ID, -1) == MESSAGE_ID
    assert otid(BARE_ID, -1) == BARE_ID


@given(st.uuids(), st.integers(0, 127))
def test_the_low_7_bits_carry_the_index(uuid: UUID, index: int) -> None:
    number = UUID(otid(f"message-{uuid}", index)).int
    assert number & 127 == index
    assert number >> 7 == uuid.int >> 7


@given(st.uuids(), st.integers(128, 10**9))
def test_beyond_the_low_bits_the_otid_is_derived_by_uuid5(uuid: UUID, index: int) -> None:
    assert otid(f"message-{uuid}", index) == str(uuid5(uuid, str(index)))


@given(st.uuids())
def test_the_otids_of_300_runs_and_the_approval_id_are_distinct(uuid: UUID) -> None:
    message_id = f"message-{uuid}"
    ids = [otid(message_id, index) for index in range(-1, 301)]
    assert len({*ids, approval_id(message_id)}) == 303


@given(st.uuids(), st.integers(0, 300))
def test_a_message_id_without_its_prefix_has_the_same_otids(uuid: UUID, index: int) -> None:
    assert otid(str(uuid), index) == otid(f"message-{uuid}", index)


def test_the_approval_id_is_the_message_id_minus_one_with_prefix() -> None:
    assert approval_id(MESSAGE_ID) == approval_id(BARE_ID) == APPROVAL_ID
    assert approval_id("message-00000000-0000-0000-0000-000000000100").endswith("-0000000000ff")


def test_the_approval_id_of_the_lowest_uuid_is_the_highest() -> None:
    assert approval_id(str(UUID(int=0))) == "message-ffffffff-ffff-ffff-ffff-ffffffffffff"


@pytest.mark.parametrize("message_id", [MESSAGE_ID, BARE_ID])
def test_no_run_has_the_otid_of_approvals(message_id: str) -> None:
    assert approval_id(message_id) not in {otid(message_id, index) for index in range(300)}


def test_a_synthetic_call_id_is_fixed_for_good() -> None:
    assert synthetic_call_id(MESSAGE_ID, 0) == synthetic_call_id(BARE_ID, 0) == "call_6d583aa2b6ab57888c018c68"


def test_synthetic_call_ids_are_distinct_per_position_and_message() -> None:
    other = "message-22222222-2222-4333-8444-5555555555d5"
    assert len({synthetic_call_id(message, at) for message in (MESSAGE_ID, other) for at in range(300)}) == 600


BAD_IDS = ["", "message-", "no uuid", "message-1234", "MESSAGE-" + BARE_ID, BARE_ID + "0", "message-message-" + BARE_ID]


@pytest.mark.parametrize("bad", BAD_IDS)
@pytest.mark.parametrize("index", [0, 127, 128])
def test_an_otid_of_what_is_no_uuid_is_refused_by_name(bad: str, index: int) -> None:
    with pytest.raises(ValueError, match="must be a UUID") as raised:
        otid(bad, index)
    assert repr(bad) in str(raised.value)


@pytest.mark.parametrize("bad", BAD_IDS)
def test_ids_made_of_what_is_no_uuid_are_refused_by_name(bad: str) -> None:
    with pytest.raises(ValueError, match="must be a UUID") as raised:
        approval_id(bad)
    assert repr(bad) in str(raised.value)
    with pytest.raises(ValueError, match="must be a UUID") as raised:
        synthetic_call_id(bad, 0)
    assert repr(bad) in str(raised.value)


@pytest.mark.parametrize("bad", [None, 5, b"bytes", ["list"]])
def test_a_message_id_that_is_no_text_is_refused_by_name(bad: object) -> None:
    with pytest.raises(ValueError, match="must be a UUID") as raised:
        otid(bad, 0)  # type: ignore[arg-type]
    assert repr(bad) in str(raised.value)


def test_before_the_first_run_there_is_no_type_and_no_otid() -> None:
    run = initial_cursor(MESSAGE_ID, "run-1", "step-1")
    assert run == RunCursor(MESSAGE_ID, approval_id(MESSAGE_ID), "run-1", "step-1", type="", index=-1, otid="")


def test_before_the_first_refuses_a_bad_message_id() -> None:
    with pytest.raises(ValueError, match="no uuid"):
        initial_cursor("no uuid", None, None)


def test_a_message_of_the_same_type_stays_in_the_very_run() -> None:
    run = initial_cursor(MESSAGE_ID, None, None).enter("assistant_message")
    assert run.enter("assistant_message") is run


@given(st.lists(st.sampled_from("abc"), max_size=20))
def test_runs_are_maximal_and_numbered_without_gaps(types: list[str]) -> None:
    run = initial_cursor(MESSAGE_ID, "run-1", None)
    index = -1
    for at, message_type in enumerate(types):
        index += at == 0 or types[at - 1] != message_type
        run = run.enter(message_type)
        assert (run.type, run.index, run.otid) == (message_type, index, otid(MESSAGE_ID, index))
        assert (run.id, run.run_id, run.step_id) == (MESSAGE_ID, "run-1", None)


def test_entering_a_run_leaves_the_one_before_as_it_was() -> None:
    first = initial_cursor(MESSAGE_ID, None, None).enter("a")
    assert first.enter("b").index == first.enter("c").index == 1
    assert (first.type, first.index) == ("a", 0)


@given(st.uuids(), st.sampled_from(["", "message-"]))
def test_every_run_of_a_stream_has_its_own_otid(uuid: UUID, prefix: str) -> None:
    run = initial_cursor(f"{prefix}{uuid}".upper().replace("MESSAGE", "message"), None, None)
    for index in range(131):
        run = run.enter("ab"[index % 2])
        assert (run.index, run.otid) == (index, otid(run.id, index))
