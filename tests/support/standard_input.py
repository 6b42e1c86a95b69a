"""What stands in for standard input."""

import io


class Stdin(io.TextIOWrapper):
    """Standard input with these bytes, which can be peeked into, and sought in or not."""

    def __init__(self, content: bytes, seekable: bool) -> None:
        raw = io.BytesIO(content)
        raw.seekable = lambda: seekable  # type: ignore[method-assign]
        super().__init__(io.BufferedReader(raw))  # type: ignore[arg-type]
