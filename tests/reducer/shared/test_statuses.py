import pytest
from streamfold.reducer.shared.statuses import meaning_of


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("completed", "completed"),
        (" Succeeded ", "completed"),
        ("In Progress", "in_progress"),
        ("in-progress", "in_progress"),
        ("CANCELED", "cancelled"),
        ("expired", "failed"),
        ("max_tokens", "incomplete"),
        ("", ""),
        ("Odd One", "Odd One"),
    ],
)
def test_a_status_means_one_of_the_api_s_own_words_or_itself(status: str, meaning: str) -> None:
    assert meaning_of(status) == meaning
