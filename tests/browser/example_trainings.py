"""The examples as trainings of their own: small, two at a time, in processes that have torch already."""

import atexit
import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from tests.server_process import ROOT

EXAMPLES = ROOT / "examples"
AT_ONCE = 2
# Small enough for a test, large enough to learn something, or to fail at it, as the whole one does.
SMALL: Mapping[str, Sequence[str]] = {
    "frame_regression": ("--lr", "2e-3", "--epochs", "10"),
    "multihead_classifier": ("--size", "0.4", "--epochs", "40"),
    "point_localiser": ("--size", "0.2", "--epochs", "14"),
    "signal_multitask": ("--size", "0.1", "--lr", "1e-4", "--epochs", "14"),
}
SMALLER_SICK: Mapping[str, Sequence[str]] = {  # only the healthy one needs enough data to generalise
    "frame_regression": ("--size", "0.3", "--lr", "2e-3", "--epochs", "8"),
}


@dataclass(frozen=True)
class Example:
    """One way to train one example; `sick` is empty for the healthy one."""

    script: str
    sick: str = ""

    @property
    def name(self) -> str:
        return f"{self.script} {self.sick or 'healthy'}"


class Trainings:
    """Trains examples into a server, in the order in which they are asked for."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(["torch", "torch.nn.functional"])
        self._threads = ThreadPoolExecutor(AT_ONCE)

    def start(self, example: Example) -> Future[int | None]:
        """Queue a training; the answer is its exit code."""
        return self._threads.submit(self._train, example)

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _train(self, example: Example) -> int | None:
        process = self._context.Process(target=run_example, args=(example, self._environment))
        process.start()
        process.join()
        return process.exitcode


def run_example(example: Example, environment: Mapping[str, str]) -> None:
    """Run a script as `python script.py` would, its end included."""
    os.environ.update(environment)
    size = SMALLER_SICK.get(example.script, SMALL[example.script]) if example.sick else SMALL[example.script]
    sick = ("--sick", example.sick) if example.sick else ()
    sys.argv = [example.script, "--name", example.name, *size, *sick]
    with open(os.devnull, "w") as nowhere:
        sys.stdout = sys.stderr = nowhere
        try:
            runpy.run_path(str(EXAMPLES / f"{example.script}.py"), run_name="__main__")
        except BaseException:  # noqa: BLE001 - as the interpreter does
            sys.excepthook(*sys.exc_info())
        atexit._run_exitfuncs()  # a process of multiprocessing leaves without them
