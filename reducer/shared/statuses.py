"""What the status of a response, or of an item, means: servers write its words in their own ways."""

_WORDS = {
    "completed": ("completed", "complete", "succeeded", "success", "successful", "finished", "done", "ok"),
    "in_progress": ("in_progress", "inprogress", "queued", "pending", "running", "started"),
    "incomplete": ("incomplete", "truncated", "length", "max_tokens", "max_output_tokens"),
    "cancelled": ("cancelled", "canceled"),
    "failed": ("failed", "failure", "error", "expired", "abort", "aborted", "timeout", "timed_out"),
}
_MEANINGS = {word: meaning for meaning, words in _WORDS.items() for word in words}


def meaning_of(status: str) -> str:
    """The API's own word for a status; one that is not known stays as it is.

    Args:
        status: as it came; empty if none did.
    """
    known = _MEANINGS.get(status)  # as nearly always
    return known or _MEANINGS.get(status.strip().lower().replace("-", "_").replace(" ", "_"), status)
