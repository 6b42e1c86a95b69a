"""States, chunks, messages, ends and results as plain JSON values, and back: stop on one host, go on at another.

A snapshot is `{"streamfold": VERSION, "type": "chat.State", "value": {…}}`. In it

- fields have their own names, and those that equal their default are left out;
- a `Text` is its string, and a `RunCursor` goes without the two ids that follow from the rest;
- a text that has both halves of a surrogate pair as two characters is a list, cut between them (see `surrogates`);
- a `PersistentMap` is a list of its layers, each a list of (key, value), since an object's keys would all be strings;
- a `PersistentVector` is the list of its values;
- a member of a union (a content part, an end, a state's config) has its name under "type".

JSON that a chunk carries comes back as a decoder gives it, dicts and lists; everywhere else it comes back frozen, as
the fold keeps it. Types are checked on the way in. Whether any fold could have come to a state is not: keep snapshots
where nobody else writes.

Modules in this package are internal; import the names below from here.
"""

from ..errors import SnapshotError
from .envelope import VERSION, dumps, loads, structure, unstructure
from .stored_types import Snapshot

__all__ = ["VERSION", "Snapshot", "SnapshotError", "dumps", "loads", "structure", "unstructure"]
