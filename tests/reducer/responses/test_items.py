import pytest
from attrs import evolve
from streamfold.reducer.responses.items import CALLS, NO_ITEMS, Item, Items
from streamfold.reducer.responses.parts import Part, parts_of
from streamfold.reducer.responses.tool_calls.arguments import Arguments
from streamfold.reducer.responses.tool_calls.verdict import CallState
from streamfold.reducer.values.json_values import FrozenObject
from streamfold.reducer.values.text import text


def with_items(*items: Item) -> Items:
    found = NO_ITEMS
    for item in items:
        found = found.put(item)
    return found


def spoken(*texts: str, channel: str = "text") -> Item:
    parts = tuple(Part(channel, index, text(said)) for index, said in enumerate(texts))
    return Item(0, "message", "msg_0", 0, parts=parts_of(parts))


def test_a_part_that_goes_on_leaves_its_neighbours_as_they_are() -> None:
    item = spoken("a", "b", "c").with_part(1, Part("text", 1, text("more")))
    assert [str(part) for part in item.parts] == ["a", "more", "c"]
    assert [part.index for part in item.parts] == [0, 1, 2]


def test_arguments_are_those_that_the_provider_has_or_all_after_a_placeholder() -> None:
    item = spoken('{}{"a":1}', channel="arguments")
    assert (item.arguments, spoken().arguments) == ('{}{"a":1}', "")
    assert evolve(item, call=CallState(Arguments("whole", start=2))).arguments == '{"a":1}'
    assert item.with_part(0, evolve(item.parts[0], whole=text("x"))).arguments == "x"


def test_an_item_is_found_by_its_index_before_its_id() -> None:
    items = with_items(Item(0, "message", "msg_a", 0), Item(1, "message", "msg_b", 1))
    assert items.find(1, "msg_a", "message") == 1
    assert items.find(None, "msg_a", "message") == 0
    assert items.find(7, "msg_a", "message") == 0
    assert items.find(0, "", "") == 0


def test_an_id_whose_item_has_that_index_is_believed() -> None:
    """Some servers give every item the same index; the last one has the key."""
    items = with_items(Item(0, "message", "msg_a", 0), Item(1, "message", "msg_b", 0))
    assert items.find(0, "msg_a", "message") == 0
    assert items.find(0, "msg_b", "message") == 1
    assert items.find(0, "", "message") == 1


def test_an_index_that_means_an_item_of_another_kind_is_not_believed() -> None:
    items = with_items(Item(0, "reasoning", "rs_a", 0), Item(1, "message", "msg_a", 1))
    assert items.find(0, "msg_a", "message") == 1
    assert items.find(0, "", "message") == 1  # the open one
    assert items.find(0, "msg_new", "message") is None
    assert items.find(0, "", "refusal") is None


def test_a_call_is_found_by_its_own_id_and_by_either_type() -> None:
    call = Item(0, "function_call", "fc_a", 0, members=FrozenObject(call_id="call_a"))
    items = with_items(call, Item(1, "custom_tool_call", "ctc_b", 1))
    assert items.find(None, "call_a", "function_call") == 0
    assert items.find(None, "call_a", "message") is None
    assert [items.find(at, "", kind) for kind in sorted(CALLS) for at in (0, 1)] == [0, 1, 0, 1]
    assert items.find(0, "ctc_b", "custom_tool_call") == 1


@pytest.mark.parametrize(
    ("item", "index", "item_id", "item_type", "found"),
    [
        (Item(0, "message", "msg_a", 0), None, "", "message", 0),
        (Item(0, "message", "msg_a", 0), None, "msg_new", "message", 0),
        (Item(0, "message", "msg_a", 0), None, "", "reasoning", None),
        (Item(0, "message", "msg_a", 0), None, "", "", None),
        (Item(0, "message", "msg_a", 0), 4, "", "message", None),
        (Item(0, "message", "msg_a", 0, done=True), None, "", "message", None),
        (Item(0, "message", "msg_a", 0, answer=1), None, "", "message", None),
    ],
    ids=["meant", "under a new id", "of another kind", "no kind", "another index", "done", "of another answer"],
)
def test_an_event_with_no_index_may_mean_the_open_item(
    item: Item, index: int | None, item_id: str, item_type: str, found: int | None
) -> None:
    assert with_items(item).find(index, item_id, item_type) == found


def test_the_open_item_is_the_one_in_work_if_any() -> None:
    items = with_items(Item(0, "message", "msg_a", 0), Item(1, "message", "msg_b", 1))
    assert items.find(None, "", "message") == 1
    assert items.put(Item(0, "message", "msg_a", 0)).find(None, "", "message") == 0
    assert NO_ITEMS.find(None, "", "message") is None


def test_an_item_is_found_by_every_name_but_the_empty_one() -> None:
    items = NO_ITEMS.put(Item(0, "message", "msg_a", 3), "msg_b")
    assert [items.find(*of, "message") for of in ((3, ""), (None, "msg_a"), (None, "msg_b"))] == [0, 0, 0]
    assert [items.keys.get(name) for name in (3, "msg_a", "msg_b", "", 0)] == [0, 0, 0, None, None]


def test_an_item_put_again_adds_no_name() -> None:
    item = Item(0, "message", "msg_a", 3)
    items = NO_ITEMS.put(item, "msg_b")
    again = items.put(evolve(item, done=True), "msg_b")
    assert again.keys is items.keys
    assert again.lanes.get(0).done
    nameless = Item(0, "message")
    assert NO_ITEMS.put(nameless).keys.layers == ({"open message": 0},)


def test_nothing_that_comes_after_an_answer_is_about_its_items() -> None:
    items = with_items(Item(0, "message", "msg_a", 0)).next_answer()
    assert items.answer == 1
    assert items.find(0, "msg_a", "message") is None
    assert items.find(None, "", "message") is None
    assert [item.id for item in items] == ["msg_a"]


def ordered(*items: Item) -> list[str]:
    return [item.id for item in with_items(*items).in_order()]


def test_items_are_ordered_by_index_and_those_without_as_they_came() -> None:
    assert ordered(Item(0, "message", "b", 1), Item(1, "message", "a", 0)) == ["a", "b"]
    assert ordered(Item(0, "message", "a"), Item(1, "message", "b"), Item(2, "message", "c")) == ["a", "b", "c"]
    assert ordered(Item(0, "message", "a", 5), Item(1, "message", "b")) == ["b", "a"]
    assert ordered(Item(0, "message", "a", 1), Item(1, "message", "b")) == ["a", "b"]


def test_items_of_one_answer_come_before_those_of_the_next() -> None:
    first, second = Item(0, "message", "a", 1), Item(1, "message", "b", 0, answer=1)
    assert ordered(first, second) == ["a", "b"]
    assert ordered(evolve(first, order=1), evolve(second, order=0)) == ["a", "b"]


def test_the_final_list_orders_what_it_has_and_nothing_else() -> None:
    assert ordered(Item(0, "message", "a", 0, order=1), Item(1, "message", "b", 1, order=0)) == ["b", "a"]
    assert ordered(
        Item(0, "message", "a", 0, order=1), Item(1, "message", "b", 1), Item(2, "message", "c", 2, order=0)
    ) == ["c", "b", "a"]


def test_a_part_is_what_was_said_unless_the_provider_has_it_otherwise() -> None:
    assert str(Part("text", 0, text("said"))) == "said"
    assert str(Part("text", 0, text("said"), whole=text("meant"))) == "meant"
    assert str(Part("text", 0, text("said"), whole=text(""))) == ""


def test_an_item_of_the_next_answer_leaves_the_answer_as_it_is() -> None:
    items = with_items(Item(0, "message", "msg_a", 0)).next_answer().put(Item(1, "message", "msg_b", 0, answer=1))
    assert items.answer == 1
    assert items.find(0, "", "message") == 1


def test_an_item_begins_with_nothing_said_and_nothing_over() -> None:
    item = Item(0, "message")
    assert (item.id, item.index, item.order, item.members, len(item.parts)) == ("", None, None, {}, 0)
    assert (item.opened, item.approval, item.done, item.closed, item.answer) == (False, False, False, False, 0)
