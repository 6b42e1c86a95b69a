"""The inspector: a recorded stream as one page of HTML that shows every moment of its fold.

`page_of` makes the page of one recording, or of two beside each other. It needs no server and no network.
"""

from .film import Film, film_of
from .page import first_difference, is_page, page_of

__all__ = ["Film", "film_of", "first_difference", "is_page", "page_of"]
