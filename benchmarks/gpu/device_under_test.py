"""The device under test: kept busy, forbidden to wait, and asked what arrived."""

from __future__ import annotations

import os
import statistics
import struct
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from epochwatch.collectors.device import PendingCopy, start_copy
from epochwatch.spool import LAYOUT_ID, POINTS
from epochwatch.spool_reader import SpoolReader

WAIT_SECONDS = 30.0


class Bench:
    """The device under test, and what is known of it so far."""

    def __init__(self, device: str) -> None:
        self.device = torch.device(device)
        self.is_cuda = self.device.type == "cuda"
        self.checks: dict[str, bool | str] = {}
        self.microseconds: dict[str, float] = {}

    def settle(self) -> None:
        """Wait until the device has nothing left to do."""
        if self.is_cuda:
            torch.cuda.synchronize()

    @contextmanager
    def no_waiting(self) -> Iterator[None]:
        """Make every synchronising call raise."""
        if not self.is_cuda:
            yield
            return
        torch.cuda.set_sync_debug_mode("error")
        try:
            yield
        finally:
            torch.cuda.set_sync_debug_mode("default")

    def keep_busy(self, rounds: int = 40) -> torch.Tensor:
        """Give the device work for many milliseconds, without waiting for it."""
        size = 4096 if self.is_cuda else 64
        matrix = torch.ones(size, size, device=self.device) / size
        for _ in range(rounds):
            matrix = matrix @ matrix * 1.0
        return matrix

    def check(self, name: str, proof: Callable[[Bench], bool]) -> None:
        """Run one check; one that raises has failed, with the last line of its traceback as the reason."""
        try:
            self.checks[name] = True if proof(self) else "wrong values"
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            self.checks[name] = f"{type(error).__name__}: {str(error)[:200]}"
        finally:
            self.settle()

    def time(self, name: str, call: Callable[[], object], repeats: int = 300) -> None:
        """Note the median time of a call, in microseconds, with the device idle before each."""
        took = []
        for _ in range(repeats):
            self.settle()
            started = time.perf_counter()
            call()
            took.append(time.perf_counter() - started)
        self.microseconds[name] = round(1e6 * statistics.median(took), 2)


def started(values: list[object]) -> PendingCopy:
    """Start a copy that must be possible."""
    copy = start_copy(values)
    assert copy is not None
    return copy


def arrived(copy: PendingCopy) -> list[float]:
    """Return what a copy brought."""
    assert copy.wait(WAIT_SECONDS)
    return copy.values()


def net(bench: Bench) -> nn.Module:
    """Make a small network on the device, the same each time."""
    torch.manual_seed(0)
    width = 1024 if bench.is_cuda else 64
    layers = [nn.Linear(32, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1)]
    return nn.Sequential(*layers).to(bench.device)


def read_points(spool: Path) -> dict[str, list[float]]:
    """Read the values of one spool file, by name, in the order of their calls."""
    points: dict[str, list[float]] = {}
    reader = SpoolReader(os.open(spool, os.O_RDONLY), is_live=False)
    while (record := reader.read()) is not None:
        if record.kind == POINTS:
            names = reader.layouts[LAYOUT_ID.unpack_from(record.body)[0]]
            values = struct.unpack(f"<{len(names)}d", record.body[-8 * len(names) :])
            for name, value in zip(names, values, strict=True):
                points.setdefault(name, []).append(value)
    return points
