"""Prove on a CUDA machine that the hook never makes the training loop wait for the device, and what it costs.

    python -m benchmarks.gpu_synchronisation                exit 0: all checks held; 1: one did not; 2: no CUDA here
    python -m benchmarks.gpu_synchronisation --device cpu   the same arithmetic without a GPU; proves no asynchrony

Every check runs under `torch.cuda.set_sync_debug_mode("error")`, which makes any synchronising call raise. Prints one
JSON line: {"device", "checks": {name: true or what went wrong}, "microseconds": {...}, "ok"}.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from benchmarks.gpu.device_under_test import Bench, arrived, net, read_points, started
from torch import nn

import epochwatch
from epochwatch.collectors.device import start_copy
from epochwatch.collectors.gradients import GradientWatch
from epochwatch.collectors.predictions import PredictionStream

STEPS = 200
SCALARS = 10


def mixed_scalars_arrive(bench: Bench) -> bool:
    """Types, shapes and CPU numbers mixed; gradients attached."""
    d = bench.device
    values = [
        0.5, torch.tensor(1.5, device=d, requires_grad=True) * 2, torch.tensor([7], device=d),
        torch.tensor([[0.25]], device=d, dtype=torch.bfloat16), torch.tensor(True, device=d), torch.tensor(2.5),
        torch.tensor(math.inf, device=d),
    ]  # fmt: skip
    with bench.no_waiting():
        copy = started(values)
    return arrived(copy) == [0.5, 3.0, 7.0, 0.25, 1.0, 2.5, math.inf]


def later_changes_are_not_seen(bench: Bench) -> bool:
    """A running loss that the loop goes on adding to, while the device lags far behind."""
    running, copies = torch.zeros((), device=bench.device), []
    with bench.no_waiting():
        bench.keep_busy()
        for step in range(STEPS):
            running += 1
            copies.append(started([running, running.detach(), step]))
            if bench.is_cuda and step == 0 and copies[0].ready():
                return False  # the device cannot be done yet: the copy did not wait its turn
            running *= 1
        running.fill_(-1)
    return [arrived(copy) for copy in copies] == [[step + 1.0, step + 1.0, float(step)] for step in range(STEPS)]


def side_stream_is_followed(bench: Bench) -> bool:
    """Values made and copied on a side stream."""
    if not bench.is_cuda:
        return True
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # as torch ships it
    stream.wait_stream(torch.cuda.current_stream())
    with bench.no_waiting(), torch.cuda.stream(stream):
        busy = bench.keep_busy()
        copy = started([busy[0, 0] * 0 + 42, torch.full((1,), 7.0, device=bench.device)])
        was_early = copy.ready()
    return not was_early and arrived(copy) == [42.0, 7.0]


def graph_capture_is_left_alone(bench: Bench) -> bool:
    """While a CUDA graph is captured nothing is copied, and the capture succeeds."""
    if not bench.is_cuda:
        return True
    graph, static = torch.cuda.CUDAGraph(), torch.ones(4, device=bench.device)
    static.sum()
    torch.cuda.synchronize()
    with torch.cuda.graph(graph):
        total = static.sum()
        during = start_copy([total])
    graph.replay()
    return during is None and arrived(started([total])) == [4.0]


def predictions_agree(bench: Bench) -> bool:
    """Every kind of batch, summed on the device, says what the same batch says on the CPU."""
    generator = torch.Generator().manual_seed(0)
    normal, n, classes = torch.randn(64, 5, generator=generator), 64, 5
    whole = torch.randint(0, classes, (n,), generator=generator)
    pairs = {
        "regression": (normal, normal * 0.5 + 1),
        "images": (torch.randn(4, 1, 96, 96, generator=generator), torch.randn(4, 1, 96, 96, generator=generator)),
        "logits": (normal, whole),
        "indices": (whole.flip(0), whole),
        "binary": (normal[:, 0], whole % 2),
        "labels": (normal, (normal.flip(0) > 0).long()),
        "dense": (torch.randn(2, 60, 9, 9, generator=generator), torch.randint(0, 60, (2, 9, 9), generator=generator)),
    }
    for name, (prediction, target) in pairs.items():
        for place in ("cpu", bench.device):  # targets are often left on the CPU
            here, there = PredictionStream(), PredictionStream()
            on_device, its_target = prediction.to(bench.device), target.to(place)
            bench.settle()
            for _ in range(40):
                here.observe(prediction, target)
            with bench.no_waiting():
                for _ in range(40):
                    there.observe(on_device, its_target)
            expected, found = here.finish(), there.finish()
            assert expected is not None
            assert found is not None
            assert found.classes == expected.classes, name
            assert found.metrics.keys() == expected.metrics.keys(), name
            for metric, value in expected.metrics.items():
                assert math.isclose(found.metrics[metric], value, rel_tol=1e-6, abs_tol=1e-6), (name, metric)
    return True


def a_bad_class_is_counted_not_fatal(bench: Bench) -> bool:
    """An index out of range must not fault on the device, which would end the training."""
    stream, indices = PredictionStream(), torch.arange(3, device=bench.device)
    with bench.no_waiting():
        stream.observe(indices, indices * (1 << 40) if bench.is_cuda else indices)
    observed = stream.finish()
    return observed is not None and observed.metrics.get("invalid_classes", 0.0) == (2.0 if bench.is_cuda else 0.0)


def gradients_are_watched(bench: Bench) -> bool:
    """Norms and update ratios of a real training, against the same read out step by step."""
    model = net(bench)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    inputs, targets = torch.randn(64, 32, device=bench.device), torch.randn(64, 1, device=bench.device)
    emitted: list[dict[str, Any]] = []
    checks: list[dict[str, Any]] = []
    watch = GradientWatch(model, optimizer, every=1, emit=emitted.append, first_epoch_check=checks.append)
    copies, norms = [], []
    bench.settle()
    with bench.no_waiting():
        for step in range(50):
            optimizer.zero_grad()
            ((model(inputs) - targets) ** 2).mean().backward()
            norms.append(nn.utils.clip_grad_norm_(model.parameters(), 0.1 if step % 2 else 1e9).clone())
            optimizer.step()
            copies.append(started([emitted[-1]["grad_norm"], emitted[-1]["update_ratio"]]))
    found = [arrived(copy) for copy in copies]
    fraction = watch.end_epoch()
    watch.close()
    agree = all(math.isclose(a[0], float(b), rel_tol=1e-4) for a, b in zip(found, norms, strict=True))
    agree = agree and all(0 < ratio < 1 for _, ratio in found)
    return agree and fraction == {"clip_fraction": 0.5} and len(checks) == 1


def run_log_never_waits(bench: Bench) -> bool:
    """The whole hook without a server: what `log` and `observe` were given is in the spool when the run is closed."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"EPOCHWATCH_SPOOL": folder, "EPOCHWATCH_DATA": folder, "EPOCHWATCH_CONSOLE": "off"}
        os.environ["EPOCHWATCH_SERVER"] = "http://127.0.0.1:9"  # the discard port: nobody answers
        model = net(bench)
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
        inputs = torch.randn(64, 32, device=bench.device)
        run = epochwatch.init(project="gpu", name="synchronisation")
        run.watch(model, optimizer)
        loss = torch.zeros((), device=bench.device)
        bench.settle()
        with bench.no_waiting():
            for step in range(STEPS):
                optimizer.zero_grad()
                prediction = model(inputs)
                prediction.square().mean().backward()
                optimizer.step()
                run.observe("train", prediction, inputs[:, :1])
                loss.fill_(step)
                run.log({f"train/loss_{i}": loss + i for i in range(SCALARS - 1)} | {"train/loss": loss})
                loss.fill_(-1)
        bench.settle()
        run.finish()
        (spool,) = Path(folder).rglob("*.spool")
        points = read_points(spool)
    expected = {"train/loss": 0, **{f"train/loss_{i}": i for i in range(SCALARS - 1)}}
    return all(points.get(name) == [float(step + i) for step in range(STEPS)] for name, i in expected.items())


def measure(bench: Bench) -> None:
    """Time ten device scalars handed over against ten read out, on an idle and on a busy device."""
    scalars: list[Any] = [torch.full((), float(i), device=bench.device) for i in range(SCALARS)]
    kept: list[object] = []
    bench.time("start_copy of 10 scalars, idle device", lambda: kept.append(start_copy(scalars)))
    bench.time("item() of 10 scalars, idle device", lambda: [scalar.item() for scalar in scalars])
    bench.time("work queued, then start_copy", lambda: kept.append((bench.keep_busy(4), start_copy(scalars))[1]), 30)
    bench.time("work queued, then item()", lambda: (bench.keep_busy(4), [scalar.item() for scalar in scalars]), 30)
    prediction = torch.randn(256, 10, device=bench.device)
    regression, logits = PredictionStream(), PredictionStream()
    truth = torch.zeros(256, dtype=torch.long, device=bench.device)
    bench.time("observe, regression (256, 10)", lambda: regression.observe(prediction, prediction))
    bench.time("observe, logits (256, 10)", lambda: logits.observe(prediction, truth))
    model = net(bench)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0, foreach=True)
    model(torch.randn(8, 32, device=bench.device)).sum().backward()
    bench.time("optimizer step", optimizer.step)
    watch = GradientWatch(model, optimizer, every=1, emit=kept.append)
    bench.time("optimizer step, watched and sampled", optimizer.step)
    watch.close()


def main() -> int:
    """Run every check and print the outcome."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    device = parser.parse_args().device
    if device != "cpu" and not torch.cuda.is_available():
        print("no CUDA device here: nothing was checked (--device cpu checks the arithmetic)", file=sys.stderr)
        return 2
    bench = Bench(device)
    bench.keep_busy(2)  # libraries are loaded and memory is pinned on first use, which may wait
    arrived(started([torch.ones((), device=bench.device)]))
    bench.settle()
    for proof in (
        mixed_scalars_arrive,
        later_changes_are_not_seen,
        side_stream_is_followed,
        graph_capture_is_left_alone,
        predictions_agree,
        a_bad_class_is_counted_not_fatal,
        gradients_are_watched,
        run_log_never_waits,
    ):
        bench.check(proof.__name__, proof)
    measure(bench)
    name = torch.cuda.get_device_name() if bench.is_cuda else "cpu"
    ok = all(outcome is True for outcome in bench.checks.values())
    print(json.dumps({"device": name, "checks": bench.checks, "microseconds": bench.microseconds, "ok": ok}))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
