"""Lets `python -m epochwatch_server.cli` do what `epochwatch` does."""

import sys

from epochwatch_server.cli import main

if __name__ == "__main__":
    sys.exit(main())
