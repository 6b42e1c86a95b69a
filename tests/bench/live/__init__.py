"""Streams that are open while they are measured: over the real client and loop-back, two thousand at once, in a log."""

DRIVE, OBJECTS = "streamfold, drive", "streamfold, drive by objects"
LOOP = "a bare loop over the client's stream"
BYTES = "a bare loop over the response's bytes"
"""Of which nothing is read: what the HTTP library takes, and so the least of anybody behind the client."""
LOGGED, HEARD = "through the log of runs", "through the log of runs, and heard"
ALONE = "the upstreams alone"
"""Looped over without a driver: what asyncio takes."""
