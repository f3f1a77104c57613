"""Which of several training processes this one is, and what they call their common run."""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
ID_CHARS = 12
TIME_CHARS = 8  # base 36 milliseconds since 1970 have eight digits until the year 2059


@dataclass(frozen=True, slots=True)
class Rank:
    """This process among `world_size` that train together; 0 is the main one."""

    rank: int = 0
    world_size: int = 1

    @property
    def is_main(self) -> bool:
        """Say whether this is the process that speaks for all."""
        return self.rank == 0


def find_rank() -> Rank:
    """Read rank and world size from torch.distributed when it is up, else from the launcher's environment."""
    distributed = sys.modules.get("torch.distributed")
    if distributed is not None:
        try:
            if distributed.is_available() and distributed.is_initialized():
                return Rank(int(distributed.get_rank()), int(distributed.get_world_size()))
        except (AttributeError, RuntimeError, ValueError):
            pass
    rank = _number("RANK", _number("SLURM_PROCID", 0))
    return Rank(rank, max(_number("WORLD_SIZE", _number("SLURM_NTASKS", 1)), rank + 1))


def new_run_id() -> str:
    """Make a run id: 12 characters that sort by time, the last four by chance."""
    return _base36(time.time_ns() // 1_000_000, TIME_CHARS) + _random_digits(ID_CHARS - TIME_CHARS)


def new_writer(rank: int) -> str:
    """Make the name of this process as a writer: `r0-ab12cd34`."""
    return f"r{rank}-{os.urandom(4).hex()}"


def common_run_id() -> str | None:
    """Make the id that every rank of this launch arrives at by itself; None when nothing tells the launch apart."""
    launch = _launch_key(os.environ)
    if launch is None:
        return None
    import hashlib

    number = int.from_bytes(hashlib.blake2b(launch.encode(), digest_size=8).digest())
    return _base36(number, ID_CHARS)


def _launch_key(environment: Mapping[str, str]) -> str | None:
    elastic = environment.get("TORCHELASTIC_RUN_ID", "none")
    if elastic != "none":
        return f"elastic {elastic} {environment.get('TORCHELASTIC_RESTART_COUNT', '0')}"
    if "SLURM_JOB_ID" in environment:
        return f"slurm {environment['SLURM_JOB_ID']} {environment.get('SLURM_STEP_ID', '')}"
    # Ranks started by one launcher on one machine share a parent; its start time tells it from an earlier one.
    parent = os.getppid()
    try:
        with open(f"/proc/{parent}/stat", encoding="utf-8", errors="replace") as stat:
            started = stat.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
    return f"parent {environment.get('MASTER_PORT', '')} {parent} {started} {os.uname().nodename}"


def _number(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else default


def _base36(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 36)
        digits.append(DIGITS[digit])
    return "".join(reversed(digits))


def _random_digits(count: int) -> str:
    return _base36(int.from_bytes(os.urandom(16)), count)
