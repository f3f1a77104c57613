"""A process that writes until it is killed, and says of each step when it was confirmed."""

import sys

from tests.server.store.making import appending, points_of

from epochwatch_server.store.database import open_database
from epochwatch_server.store.writer import Writer

METRICS = [f"m{number}" for number in range(5)]
BLOCK = 40  # steps a packet: chunks are sealed while it writes


def main(url: str, first: int) -> None:
    writer = Writer(open_database(url))
    writer.start()
    step = first
    while True:
        points = points_of(range(step, step + BLOCK), float(step))
        writer.submit(appending(dict.fromkeys(METRICS, points))).result()
        step += BLOCK
        print(step, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
