"""Streams that are open while they are measured: over the real client and loop-back, and two thousand at once."""

DRIVE, OBJECTS = "streamfold, drive", "streamfold, drive by objects"
LOOP = "a bare loop over the client's stream"
BYTES = "a bare loop over the response's bytes"
"""Of which nothing is read: what the HTTP library takes, and so the least of anybody behind the client."""
ALONE = "the upstreams alone"
"""Looped over without a driver: what asyncio takes."""
