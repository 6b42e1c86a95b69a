"""The sample that the checks of a log append."""

from streamfold import AssistantMessage, chat
from streamfold.adapters.testing.log_samples import WORDS, Clock, SampleFold


def test_a_clock_is_moved_by_hand() -> None:
    clock = Clock(5.0)
    clock.now += 2.0
    assert clock() == 7.0


def test_a_sample_says_its_words() -> None:
    fold = SampleFold()
    said = "".join(message.content for message in fold.messages if isinstance(message, AssistantMessage))
    assert said == chat.result(fold.states[-1]).text
    assert fold.result.text == "".join(WORDS).replace("\ud83d\ude00", "😀")
    assert fold.numbers[-1] == len(fold.messages)
    assert fold.result.outcome == "cancelled"
