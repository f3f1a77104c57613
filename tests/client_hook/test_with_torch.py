"""A run in a torch loop: tensors as they come, a watched model, observed predictions."""

import math

import pytest
from tests.client_hook.conftest import Start
from tests.client_hook.packet_server import PacketServer

torch = pytest.importorskip("torch")  # the extra `demo` brings it; without it there is nothing to test here
torch.set_num_threads(1)


def test_tensors_are_logged_as_they_come(start: Start, server: PacketServer) -> None:
    run = start(epochs=1)
    for _ in run.epochs():
        for value in (1.0, 2.0):
            loss = torch.tensor(value, requires_grad=True) * 2
            run.log({"train/loss": loss, "train/half": torch.tensor([value], dtype=torch.bfloat16), "train/n": 3})
            loss = loss.detach()
            loss += 100  # what was logged does not change with it
    run.log({"bad": torch.zeros(2), "good": torch.tensor(True)})
    run.finish()
    stored = server.run(run.id)
    assert [stored.points["train/loss", step] for step in (0, 1)] == [2.0, 4.0]
    assert [stored.points["train/half", step] for step in (0, 1)] == [1.0, 2.0]
    assert stored.of_type("epoch")[0]["metrics"]["train/loss"][:2] == [2, 3.0]
    assert stored.points["good", 1] == 1.0
    assert ("bad", 1) not in stored.points


def test_a_watched_model_tells_gradients_rates_and_parameters(start: Start, server: PacketServer) -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = start(epochs=2)
    run.watch(model, optimizer, log_freq=1)
    for epoch in run.epochs():
        for _ in range(3):
            loss = model(torch.randn(16, 4)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
            optimizer.step()
            run.log({"train/loss": loss})
        optimizer.param_groups[0]["lr"] = 0.01 * (1 + epoch)
    run.finish()
    stored = server.run(run.id)
    (watched,) = stored.of_type("watch")
    assert (watched["parameters"], watched["trainable"]) == (49, 49)
    assert stored.of_type("gradients")[0]["verdicts"]
    steps = sorted(step for name, step in stored.points if name == "grad_norm")
    assert steps == sorted(step for name, step in stored.points if name == "train/loss") == list(range(6))
    assert stored.points["lr", 5] == 0.01
    assert stored.points["clip_fraction", 2] == 1.0
    assert [event["lr"] for event in stored.of_type("epoch")] == [0.1, 0.01]  # as trained with
    assert all(math.isfinite(value) for value in stored.points.values())


def test_a_model_may_be_watched_without_its_optimizer(start: Start, server: PacketServer) -> None:
    run = start()
    run.watch(torch.nn.Linear(2, 2))
    run.watch("no model")
    run.finish()
    assert [event["parameters"] for event in server.run(run.id).of_type("watch")] == [6]


def test_a_finished_run_lets_go_of_the_optimizer(start: Start) -> None:
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = start()
    run.watch(model, optimizer)
    run.finish()
    assert not optimizer._optimizer_step_pre_hooks
