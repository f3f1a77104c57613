"""One measure of one contender in a process of its own; prints the numbers as one line of JSON."""

import json
import os
import signal
import sys
from importlib import import_module

from benchmarks.adapters.base import Base
from benchmarks.peers.measures import MEASURES


def main() -> None:
    """Measure what the command line names: contender, measure, store."""
    name, measure, store = sys.argv[1:4]
    contender: Base = import_module(f"benchmarks.adapters.{name}").Contender(store)
    os.environ.update(contender.env())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server ends with us
    try:
        numbers = MEASURES[measure](contender)
    finally:
        contender.stop()
    print("\n" + json.dumps(numbers))


if __name__ == "__main__":
    main()
