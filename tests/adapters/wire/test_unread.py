from streamfold.adapters.wire.unread import unread, with_inner
from streamfold.reducer.completions.chunk import CallDelta, Chunk


def test_members_that_no_fold_reads_and_that_say_something() -> None:
    assert unread({"id": "c", "object": "x", "provider": "P", "seed": 0, "tier": "", "kv": None}, Chunk) == {
        "provider": "P",
        "seed": 0,
    }
    assert unread({"id": "c"}, Chunk) is None
    assert unread({"type": "ping"}, Chunk, "type") is None


def test_those_of_a_function_lie_under_its_name() -> None:
    call = {"function": {"name": "f", "strict": True}, "custom": {"input": "x"}}
    assert with_inner(unread(call, CallDelta), call, None, "function", "custom") == {"function": {"strict": True}}
    assert with_inner({"a": 1}, {"function": None}, None, "function") == {"a": 1}
