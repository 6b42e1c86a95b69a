"""Streams that end at random for minutes: whether memory, tasks or descriptors grow; and what the driver itself costs.

    python tests/soak --minutes 10                    on asyncio
    python tests/soak --minutes 10 --backend trio
    python tests/soak --costs                         microseconds of a run, and of an item

Every run is checked as in `tests/adapters/driver/run/test_run_random.py`. A line is printed every so many seconds.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))  # for `support`
    from soaking import main

    main()
