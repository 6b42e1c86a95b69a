"""What a page of a log says."""

import pytest
from streamfold import AssistantMessage
from streamfold.adapters.server.log import Gap, Logged, Over, Page

MESSAGE = AssistantMessage("message-1", "message-2", None, None, content="a")


@pytest.mark.parametrize(
    "page",
    [Page(Gap("1", ())), Page(logged=(Logged("1", MESSAGE),)), Page(over=Over("failed", None))],
    ids=("gap", "message", "end"),
)
def test_a_page_with_anything_in_it_says_something(page: Page) -> None:
    assert page.says_something


def test_a_page_with_nothing_in_it_says_nothing() -> None:
    assert not Page().says_something
