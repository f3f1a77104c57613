"""Read auditory brainstem responses: one network denoises, classifies and measures wave V at once.

The recordings are generated: five kinds of hearing, as unevenly frequent as in a clinic, each a row of waves
under noise. The peak heads join by a curriculum, so the weights of the loss change from epoch to epoch.
"""

import argparse
import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import epochwatch

CLASSES = ["normal", "neuropathy", "conductive", "retrocochlear", "sensorineural"]
SHARES = [0.797, 0.008, 0.106, 0.033, 0.056]
SAMPLES = 256  # one recording: 10 ms
MS_A_SAMPLE = 10 / (SAMPLES - 1)
SHOWN = 15  # recordings shown on the page, some of every class
NOISE_UV = 0.25
WAVE_V, WAVE_V_MS, WAVE_V_UV = 2, 5.6, 0.45  # its place among the waves, and where and how large it usually is
SIGNAL_VARIANCE, LATENCY_VARIANCE, AMPLITUDE_STD_UV = 0.022, 0.15, 0.16  # of the targets
SICK = {
    "loss_scale": "amplitudes left in counts of the converter: loss_peak_amplitude is a million times the others",
    "f1_zero": "a fast validation never extracts the class logits: every F1 stays 0",
    "lr_too_high": "a learning rate 3000 times too high: the loss leaps by orders of magnitude",
    "config_strings": "a config as YAML 1.1 reads it, 5e-5 as a string: crashes before the first epoch",
    "diverge": "a warm-up that never ends: the learning rate triples every epoch until the loss is NaN",
}


def make_recordings(count: int, seed: int) -> dict[str, Tensor]:
    """Generate recordings with their clean signal, class, and wave V's latency (ms) and amplitude (uV)."""
    rng = torch.Generator().manual_seed(seed)
    label = torch.arange(len(CLASSES)).repeat_interleave(torch.tensor([max(2, round(s * count)) for s in SHARES]))
    label = label[torch.randperm(len(label), generator=rng)]
    size = (len(label), 1)
    latency = torch.tensor([1.6, 3.7, WAVE_V_MS]) + 0.18 * torch.randn(len(label), 3, generator=rng)
    amplitude = torch.tensor([0.30, 0.35, 0.50]) * (1 + 0.25 * torch.randn(len(label), 3, generator=rng))
    delay = 0.4 + 0.8 * torch.rand(size, generator=rng)
    latency += (label == 2)[:, None] * delay + (label == 3)[:, None] * delay * torch.tensor([0.0, 0.3, 1.0])
    latency += (label == 4)[:, None] * delay * torch.tensor([0.1, 0.1, 0.4])
    amplitude *= torch.where((label == 4)[:, None], 0.5, 1.0)
    amplitude *= torch.where((label == 1)[:, None], torch.tensor([1.0, 0.3, 0.25]), torch.ones(3))
    time = torch.linspace(0, 10, SAMPLES)
    clean = (amplitude[..., None] * torch.exp(-(((time - latency[..., None]) / 0.3) ** 2))).sum(1)
    return {
        "noise": NOISE_UV * torch.randn(clean.shape, generator=rng),
        "signal": clean,
        "label": label,
        "latency": latency[:, WAVE_V],
        "amplitude": amplitude[:, WAVE_V],
    }


class Reader(nn.Module):
    """A convolutional encoder with one head per task."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv1d(1, channels, 9, stride=2, padding=4), nn.GroupNorm(4, channels), nn.GELU(),
            nn.Conv1d(channels, 2 * channels, 7, stride=2, padding=3), nn.GroupNorm(4, 2 * channels), nn.GELU(),
            nn.Conv1d(2 * channels, 2 * channels, 5, stride=2, padding=2), nn.GroupNorm(4, 2 * channels), nn.GELU(),
        )  # fmt: skip
        self.signal_head = nn.Conv1d(2 * channels, 8, 5, padding=2)  # 8 samples from each of the 32 places
        places = 2 * channels * SAMPLES // 8
        self.class_head = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(places, len(CLASSES)))
        self.peak_latency_head = nn.Sequential(nn.Flatten(), nn.Linear(places, 1))
        self.peak_amplitude_head = nn.Sequential(nn.Flatten(), nn.Linear(places, 1))

    def forward(self, recording: Tensor) -> dict[str, Tensor]:
        """Map recordings (n, SAMPLES) to a prediction per task."""
        features = self.encoder(recording[:, None])
        return {
            "signal": self.signal_head(features).transpose(1, 2).flatten(1),
            "logits": self.class_head(features),
            "latency": WAVE_V_MS + self.peak_latency_head(features)[:, 0],
            "amplitude": WAVE_V_UV + self.peak_amplitude_head(features)[:, 0],
        }


def loss_components(outputs: dict[str, Tensor], batch: dict[str, Tensor], config: dict[str, Any]) -> dict[str, Tensor]:
    """Compute the four terms of the loss before their weights; 1 is as bad as predicting the mean."""
    unit = config["amplitude_unit_uv"]
    rarity = torch.tensor([0.2 / share for share in SHARES]) ** 0.5
    return {
        "signal": F.mse_loss(outputs["signal"], batch["signal"]) / SIGNAL_VARIANCE,
        "classification": F.cross_entropy(outputs["logits"], batch["label"], weight=rarity),
        "peak_latency": F.mse_loss(outputs["latency"], batch["latency"]) / LATENCY_VARIANCE,
        "peak_amplitude": F.mse_loss(outputs["amplitude"] / unit, batch["amplitude"] / unit),
    }


def weights_at(epoch: int, config: dict[str, Any]) -> dict[str, float]:
    """Follow the curriculum: the peak losses ramp up once `peak_start` is reached."""
    plan = config["curriculum"]
    ramp = min(1.0, max(0.0, (epoch + 1 - plan["peak_start"]) / plan["ramp_epochs"]))
    weights: dict[str, float] = config["loss_weights"]
    return {name: weight * (ramp if name.startswith("peak") else 1.0) for name, weight in weights.items()}


def learning_rate_at(epoch: int, epochs: int, config: dict[str, Any]) -> float:
    """Let the learning rate fall along a cosine, or grow without end."""
    growth: float = config["lr_growth"] ** epoch
    return growth if growth > 1 else 0.52 + 0.48 * math.cos(math.pi * epoch / epochs)


def read_classes(outputs: dict[str, Tensor], config: dict[str, Any]) -> Tensor:
    """Take what the class head says: logits (n, classes)."""
    if config["fast_validation"]:
        return torch.full((len(outputs["logits"]),), len(CLASSES))  # "unknown", which nobody ever replaces
    return outputs["logits"]


def batches(data: dict[str, Tensor], order: Tensor, size: int) -> list[dict[str, Tensor]]:
    """Cut the data into batches in the given order."""
    return [{name: column[rows] for name, column in data.items()} for rows in order.split(size)]


def make_config(args: argparse.Namespace) -> dict[str, Any]:
    """Give the settings of a healthy run, then what makes it sick."""
    config: dict[str, Any] = {
        "learning_rate": args.lr, "weight_decay": 0.01, "batch_size": 64, "gradient_clip": 50.0, "channels": 32,
        "recordings": 240 if args.quick else round(8000 * args.size), "seed": args.seed,
        "curriculum": {"peak_start": 3, "ramp_epochs": 8},
        "loss_weights": {"signal": 0.8, "classification": 2.5, "peak_latency": 1.2, "peak_amplitude": 1.2},
        "amplitude_unit_uv": AMPLITUDE_STD_UV, "fast_validation": False, "lr_growth": 1.0,
    }  # fmt: skip
    changes: dict[str, dict[str, Any]] = {
        "loss_scale": {"amplitude_unit_uv": 0.0002, "curriculum": {"peak_start": 0, "ramp_epochs": 1}},
        "f1_zero": {"fast_validation": True},
        "lr_too_high": {"learning_rate": 3000 * args.lr, "gradient_clip": 1e9},
        "config_strings": {"learning_rate": "5e-5", "weight_decay": "1e-2"},
        "diverge": {"lr_growth": 3.0, "gradient_clip": 1e9},
    }
    return config | changes.get(args.sick, {})


def train(args: argparse.Namespace) -> None:
    """Train and validate, epoch by epoch."""
    torch.manual_seed(args.seed)
    config = make_config(args)
    run = epochwatch.init(
        project="abr", name=args.name or args.sick or "healthy", config=config, epochs=args.epochs,
        track="val/f1_macro", mode="max", targets={"val/f1_macro": {5: 0.1, 20: 0.3, 30: 0.5}},
        weights=lambda epoch: weights_at(epoch, config),
    )  # fmt: skip
    training = make_recordings(config["recordings"], args.seed)
    validation = make_recordings(config["recordings"] // 3, args.seed + 1)
    model = Reader(config["channels"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["learning_rate"], weight_decay=config["weight_decay"])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: learning_rate_at(epoch, args.epochs, config))
    run.watch(model, optimizer)

    for epoch in run.epochs():
        weights = weights_at(epoch, config)
        model.train()
        for batch in batches(training, torch.randperm(len(training["label"])), config["batch_size"]):
            batch["noise"] = NOISE_UV * torch.randn_like(batch["signal"])  # new noise every epoch: no two are alike
            outputs = model(batch["signal"] + batch["noise"])
            components = loss_components(outputs, batch, config)
            loss = torch.stack([weights[name] * term for name, term in components.items()]).sum()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), config["gradient_clip"])
            optimizer.step()
            run.log({"train/loss": loss, **{f"train/loss_{name}": term for name, term in components.items()}})
            run.observe("train", read_classes(outputs, config), batch["label"])
        validate(run, model, validation, weights, config)
        schedule.step()
        if run.should_stop:
            break
    testing = make_recordings(config["recordings"] // 3, args.seed + 2)
    validate(run, model, testing, weights_at(args.epochs, config), config, split="test")
    run.finish()


@torch.no_grad()
def validate(
    run: epochwatch.Run,
    model: nn.Module,
    data: dict[str, Tensor],
    weights: dict[str, float],
    config: dict[str, Any],
    split: str = "val",
) -> None:
    """Log the losses on held-back data and the errors of wave V in ms and uV."""
    model.eval()
    if split == "val":
        show_samples(run, model, data, config)
    sums: dict[str, float] = {}
    parts = batches(data, torch.arange(len(data["label"])), 256)
    for batch in parts:
        outputs = model(batch["signal"] + batch["noise"])
        components = loss_components(outputs, batch, config)
        values = {f"{split}/loss_{name}": term for name, term in components.items()}
        values[f"{split}/loss"] = torch.stack([weights[name] * term for name, term in components.items()]).sum()
        values[f"{split}/latency_mae"] = (outputs["latency"] - batch["latency"]).abs().mean()
        values[f"{split}/amplitude_mae"] = (outputs["amplitude"] - batch["amplitude"]).abs().mean()
        run.observe(split, read_classes(outputs, config), batch["label"])
        for name, value in values.items():
            sums[name] = sums.get(name, 0.0) + value.item() / len(parts)
    run.log(sums)


def show_samples(run: epochwatch.Run, model: nn.Module, data: dict[str, Tensor], config: dict[str, Any]) -> None:
    """Show recordings with what the network makes of them: the clean signal, wave V, the class."""
    each = SHOWN // len(CLASSES)
    rows = torch.cat([(data["label"] == label).nonzero()[:each, 0] for label in range(len(CLASSES))])
    outputs = model((data["signal"] + data["noise"])[rows])
    run.samples(
        "val", signals=data["signal"][rows], reconstructions=outputs["signal"],
        gt_peaks=data["latency"][rows, None] / MS_A_SAMPLE, pred_peaks=outputs["latency"][:, None] / MS_A_SAMPLE,
        gt_class=data["label"][rows], scores=None if config["fast_validation"] else outputs["logits"].softmax(1),
        class_names=CLASSES, ids=[f"recording-{row}" for row in rows.tolist()],
    )  # fmt: skip


def main() -> None:
    """Parse the command line and train."""
    ways = "sick:\n" + "\n".join(f"  {name}: {what}" for name, what in SICK.items())
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=ways, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--lr", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--name", default="", help="the run's name on the page")
    parser.add_argument("--size", type=float, default=1.0, help="how much data there is, as a share of the usual")
    parser.add_argument("--quick", action="store_true", help="a few seconds: little data, at most 3 epochs")
    parser.add_argument("--sick", choices=SICK, default="", help="train in one of the ways that go wrong, see below")
    args = parser.parse_args()
    if args.quick:
        args.epochs = min(args.epochs, 3)
    torch.set_num_threads(1)
    train(args)


if __name__ == "__main__":
    main()
