"""A stand-in for a training that keeps books: logs known values at a set rate until a file tells it to stop.

python -m benchmarks.faults.trainer RUN BOOKS STOP_FILE STEPS_A_SECOND
"""

import sys
import time
from pathlib import Path

from benchmarks.faults.ledger import Ledger, last_step, value_of
from benchmarks.torture import make

METRICS = ("train/loss", "train/loss_signal", "train/loss_peak", "lr")


def main() -> None:
    """Go on after the last step in the books."""
    run, books, stop, rate = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4])
    first = last_step(books) + 1
    ledger, trainer = Ledger(books), make(run)
    began, step = time.monotonic(), first
    while not stop.exists():
        ledger.enter("<", step)
        trainer.log(step, {metric: value_of(run, metric, step) for metric in METRICS})
        ledger.enter(">", step)
        step += 1
        time.sleep(max(0.0, began + (step - first) / rate - time.monotonic()))
    trainer.close()


if __name__ == "__main__":
    main()
