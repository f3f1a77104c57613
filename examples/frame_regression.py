"""Tell the speed of a drop from a few noisy frames: a regression that is easy to get wrong by predicting the mean.

Clips are generated: a bright spot moves in a straight line over a small torus. The network looks at pairs of
neighbouring frames and averages what it sees over the clip; the loss may punish predictions that vary too little.
"""

import argparse
import math
import os
import random
import signal
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import epochwatch

SIZE = 24  # pixels, both ways
MEAN_SPEED, SPEED_STD = 0.72, 0.42  # in spot widths per frame
SICK = {
    "variance_collapse": "seven frames averaged, an output that starts at 0.01, strong weight decay, no variance term: "
    "predictions shrink to the mean; the loss looks fine, R2 does not",
    "lr_too_high": "a learning rate 100 times too high: R2 stays below zero",
    "killed_early": "the process is killed with SIGKILL at a random early epoch, as the out-of-memory killer does",
}


def make_clips(count: int, frames: int, seed: int) -> tuple[Tensor, Tensor]:
    """Generate clips (count, frames, SIZE, SIZE) and the speed of each (count,)."""
    rng = torch.Generator().manual_seed(seed)
    speed = (MEAN_SPEED + SPEED_STD * torch.randn(count, generator=rng)).clamp(0.02, 2.0)
    angle = 2 * math.pi * torch.rand(count, generator=rng)
    start = SIZE * torch.rand(count, 2, generator=rng)
    width = 1.6 + 0.8 * torch.rand(count, 1, 1, generator=rng)
    direction = torch.stack([angle.cos(), angle.sin()], 1)
    places = torch.arange(SIZE)
    clips = []
    for frame in range(frames):
        centre = start + 2.0 * frame * speed[:, None] * direction
        away = (places - centre[..., None] + SIZE / 2) % SIZE - SIZE / 2  # (count, 2, SIZE), shortest way round
        clips.append(torch.exp(-0.5 * (away[:, 0, None, :] ** 2 + away[:, 1, :, None] ** 2) / width**2))
    clean = torch.stack(clips, 1)
    return clean + 0.5 * torch.randn(clean.shape, generator=rng), speed


class SpeedReader(nn.Module):
    """Convolutions over pairs of neighbouring frames, averaged over the clip, then one output."""

    def __init__(self, output_init_std: float) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(2, 16, 5, stride=2, padding=2, padding_mode="circular"), nn.GELU(),
            nn.Conv2d(16, 32, 3, padding=1, padding_mode="circular"), nn.GELU(),
            nn.Conv2d(32, 32, 3, stride=2, padding=1, padding_mode="circular"), nn.GELU(),
            nn.AdaptiveMaxPool2d(1), nn.Flatten(),
        )  # fmt: skip
        self.output = nn.Linear(32, 1)
        nn.init.normal_(self.output.weight, std=output_init_std)
        nn.init.zeros_(self.output.bias)

    def forward(self, clips: Tensor) -> Tensor:
        """Map clips (n, frames, SIZE, SIZE) to speeds (n,)."""
        pairs = torch.stack([clips[:, :-1], clips[:, 1:]], 2)
        features = self.encoder(pairs.flatten(0, 1)).unflatten(0, pairs.shape[:2]).mean(1)
        return torch.as_tensor(MEAN_SPEED + self.output(features)[:, 0])


def losses(predicted: Tensor, speed: Tensor) -> dict[str, Tensor]:
    """Compute the error and how far the spread of the predictions is from the spread of the targets."""
    ratio = predicted.var() / speed.var()
    return {"error": F.smooth_l1_loss(predicted, speed, beta=0.3), "variance": (1 - ratio) ** 2}


def make_config(args: argparse.Namespace) -> dict[str, Any]:
    """Give the settings of a healthy run, then what makes it sick."""
    config: dict[str, Any] = {
        "learning_rate": args.lr, "weight_decay": 0.01, "batch_size": 64,
        "clips": 192 if args.quick else round(4000 * args.size),
        "temporal_frames": 3, "output_init_std": 0.5, "variance_lambda": 0.5, "gradient_clip": 5.0,
        "killed_at": None, "seed": args.seed,
    }  # fmt: skip
    changes: dict[str, dict[str, Any]] = {
        "variance_collapse": {
            "temporal_frames": 7, "output_init_std": 0.01, "variance_lambda": 0.0, "weight_decay": 34.0,
            "clips": config["clips"] // 2,
        },
        "lr_too_high": {"learning_rate": 100 * args.lr, "gradient_clip": 1e9},
        "killed_early": {"killed_at": random.randint(2, max(2, args.epochs // 2))},
    }  # fmt: skip
    return config | changes.get(args.sick, {})


def train(args: argparse.Namespace) -> None:
    """Train and validate, epoch by epoch."""
    torch.manual_seed(args.seed)
    config = make_config(args)
    run = epochwatch.init(
        project="drops", name=args.name or args.sick or "healthy", config=config, epochs=args.epochs,
        track="val/r2", mode="max", patience=20, weights={"error": 1.0, "variance": config["variance_lambda"]},
        bands={
            "val/r2": {"minimum": 0.0, "good": 0.3, "excellent": 0.5},
            "val/variance_ratio": {"minimum": 0.4, "good": 0.7, "excellent": 0.85},
        },
    )  # fmt: skip
    clips, speeds = make_clips(config["clips"], config["temporal_frames"], args.seed)
    val_clips, val_speeds = make_clips(config["clips"] // 3, config["temporal_frames"], args.seed + 1)
    model = SpeedReader(config["output_init_std"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["learning_rate"], weight_decay=config["weight_decay"])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs, eta_min=0.1 * config["learning_rate"])
    run.watch(model, optimizer)

    for epoch in run.epochs():
        model.train()
        for rows in torch.randperm(len(speeds)).split(config["batch_size"]):
            predicted = model(clips[rows])
            terms = losses(predicted, speeds[rows])
            loss = terms["error"] + config["variance_lambda"] * terms["variance"]
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), config["gradient_clip"])
            optimizer.step()
            run.log({"train/loss": loss, "train/loss_error": terms["error"], "train/loss_variance": terms["variance"]})
            run.observe("train", predicted, speeds[rows])
        validate(run, model, (val_clips, val_speeds), config["variance_lambda"])
        schedule.step()
        if epoch == config["killed_at"]:
            os.kill(os.getpid(), signal.SIGKILL)
        if run.should_stop:
            break
    testing = make_clips(config["clips"] // 3, config["temporal_frames"], args.seed + 2)
    validate(run, model, testing, config["variance_lambda"], split="test")
    run.finish()


@torch.no_grad()
def validate(
    run: epochwatch.Run, model: nn.Module, data: tuple[Tensor, Tensor], variance_lambda: float, split: str = "val"
) -> None:
    """Log the losses on held-back data, and let R2 and variance ratio be worked out."""
    model.eval()
    clips, speeds = data
    predicted = torch.cat([model(part) for part in clips.split(256)])
    terms = losses(predicted, speeds)
    loss = terms["error"] + variance_lambda * terms["variance"]
    run.observe(split, predicted, speeds)
    run.log({f"{split}/loss": loss, **{f"{split}/loss_{name}": term for name, term in terms.items()}})


def main() -> None:
    """Parse the command line and train."""
    ways = "sick:\n" + "\n".join(f"  {name}: {what}" for name, what in SICK.items())
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=ways, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--lr", type=float, default=5e-4)
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
