"""The writing process of the measure `live`: logs the time, ten times a second."""

import json
import os
import sys
import time
from importlib import import_module

from benchmarks.adapters.base import Base
from benchmarks.peers.workload import METRICS

SECONDS, HZ = 15, 10


def main() -> None:
    """Log seconds since the given epoch: small numbers, for contenders that keep 32 bits."""
    asked = json.loads(sys.argv[1])
    contender: Base = import_module(f"benchmarks.adapters.{asked['contender']}").Contender(asked["store"])
    os.environ.update(contender.env())
    contender.port = asked["port"]
    contender.open()
    began = time.time()
    for step in range(SECONDS * HZ):
        time.sleep(max(0.0, began + step / HZ - time.time()))
        contender.log(dict.fromkeys(METRICS, time.time() - asked["epoch"]), step)
    contender.close()


if __name__ == "__main__":
    main()
