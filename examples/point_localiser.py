"""Find the objects of an image one after the other: where is the next one, or are we done?

The images are generated, 384 x 384, with objects on a noisy ground; what has been found already wears a white mark.
The network sees the image at an eighth of its size and says where the leftmost unmarked object is, and whether
none is left.
"""

import argparse
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import epochwatch

SIZE = 384  # pixels, both ways
SHRINK = 8
SICK = {
    "overfit": "a few images, learned by heart, and no patience: the best epoch is long past",
    "done_one_sided": "crowded images, 3 in 100 of them done, and no weight on the flag: it hardly rises above 0.2",
    "exploding": "unbounded coordinates, a loss in square pixels, a rate 1000 times too high, no clipping: gradients "
    "of millions",
}


@dataclass
class Scenes:
    """Images at every step of the search, and some of them in full for the page.

    small: (n, 3, 48, 48). point: (n, 2), x and y in 0..1. done: (n,). watched: rows that are shown; full: their images.
    """

    small: Tensor
    point: Tensor
    done: Tensor
    watched: list[int] = field(default_factory=list)
    full: list[Tensor] = field(default_factory=list)


def disc(radius: float) -> Tensor:
    """Draw a disc's mask."""
    reach = torch.arange(-int(radius) - 1, int(radius) + 2)
    return torch.as_tensor((reach[:, None] ** 2 + reach[None] ** 2) <= radius**2)


def stamp(image: Tensor, mask: Tensor, at: Tensor, colour: Tensor) -> None:
    """Colour the pixels of an image (3, SIZE, SIZE) under a mask centred at (x, y)."""
    left, top = int(at[0]) - len(mask) // 2, int(at[1]) - len(mask) // 2
    image[:, top : top + len(mask), left : left + len(mask)][:, mask] = colour[:, None]


def make_scenes(images: int, objects: tuple[int, int], seed: int, watched: int = 0) -> Scenes:
    """Generate images and walk through each: nothing marked, one marked, ... all marked."""
    rng = torch.Generator().manual_seed(seed)
    grounds = [0.35 + 0.05 * torch.randn(3, SIZE, SIZE, generator=rng) for _ in range(4)]
    small: list[Tensor] = []
    points: list[Tensor] = []
    done: list[float] = []
    scenes = Scenes(torch.empty(0), torch.empty(0), torch.empty(0))
    for number in range(images):
        image = grounds[number % 4].clone()
        count = int(torch.randint(objects[0], objects[1] + 1, (1,), generator=rng))
        centres = 24 + (SIZE - 48) * torch.rand(count, 2, generator=rng)
        centres = centres[centres[:, 0].argsort()]
        for centre in centres:
            colour = torch.tensor([0.55, 0.45, 0.05]) + 0.3 * torch.rand(3, generator=rng)
            stamp(image, disc(float(9 + 9 * torch.rand(1, generator=rng))), centre, colour)
        for step in range(count + 1):
            if step:
                stamp(image, disc(5), centres[step - 1], torch.ones(3))
            if number < watched and step == (count if number % 4 == 3 else number % count):
                scenes.watched.append(len(small))
                scenes.full.append((255 * image.clamp(0, 1)).byte().permute(1, 2, 0).contiguous())
            small.append(F.avg_pool2d(image[None], SHRINK)[0])
            points.append(centres[min(step, count - 1)] / SIZE)
            done.append(float(step == count))
    scenes.small, scenes.point, scenes.done = torch.stack(small), torch.stack(points), torch.tensor(done)
    return scenes


class Localiser(nn.Module):
    """A small convolutional trunk that knows where it looks, a map of attention for x and for y, and a flag."""

    def __init__(self, flag_pooling: str, regresses: bool) -> None:
        super().__init__()
        self.flag_pooling, self.regresses = flag_pooling, regresses
        self.trunk = nn.Sequential(
            nn.Conv2d(5, 24, 5, stride=2, padding=2), nn.BatchNorm2d(24), nn.ReLU(),
            nn.Conv2d(24, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
        )  # fmt: skip
        self.x_head = nn.Conv2d(32, 1, 1)
        self.y_head = nn.Conv2d(32, 1, 1)
        self.done_head = nn.Linear(32, 1)
        places = (torch.arange(24) + 0.5) / 24
        self.register_buffer("grid", torch.stack(torch.meshgrid(places, places, indexing="xy")), persistent=False)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Map images (n, 3, 48, 48) to points (n, 2) in 0..1 and the flag's logits (n,)."""
        grid = self.get_buffer("grid")
        where = F.interpolate(grid[None], scale_factor=2).expand(len(image), -1, -1, -1)
        features = self.trunk(torch.cat([image, where], 1))
        x_map, y_map = self.x_head(features).flatten(1), self.y_head(features).flatten(1)
        if self.regresses:  # the mean of the map, which nothing bounds
            x, y = 0.5 + x_map.mean(1), 0.5 + y_map.mean(1)
        else:
            x, y = (x_map.softmax(1) * grid[0].flatten()).sum(1), (y_map.softmax(1) * grid[1].flatten()).sum(1)
        pooled = features.amax((2, 3)) if self.flag_pooling == "max" else features.mean((2, 3))
        return torch.stack([x, y], 1), self.done_head(pooled)[:, 0]


def losses(point: Tensor, flag: Tensor, scenes: Scenes, rows: Tensor, config: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """Compute the spatial loss (steep when far, flat when close; nothing to find when done) and the flag's."""
    searching = (1 - scenes.done[rows])[:, None]
    distance = (point - scenes.point[rows]).abs() * searching
    spatial = torch.where(distance < config["threshold"], distance**2 / config["threshold"], distance)
    if config["square_pixels"]:
        spatial = (SIZE * distance) ** 2
    return spatial.sum(1).mean(), F.binary_cross_entropy_with_logits(flag, scenes.done[rows])


def make_config(args: argparse.Namespace) -> dict[str, Any]:
    """Give the settings of a healthy run, then what makes it sick."""
    config: dict[str, Any] = {
        "learning_rate": args.lr, "batch_size": 16, "images": 24 if args.quick else round(360 * args.size),
        "validation_images": 8 if args.quick else round(90 * args.size), "objects": (2, 6),
        "repeat": 1, "threshold": 0.1, "square_pixels": False, "regresses": False, "flag_pooling": "max",
        "done_weight": 3.0, "gradient_clip": 1.0, "patience": 10, "seed": args.seed,
    }  # fmt: skip
    changes: dict[str, dict[str, Any]] = {
        "overfit": {"images": 5, "patience": None, "repeat": 2 if args.quick else 30},
        "done_one_sided": {
            "images": 4 if args.quick else round(40 * args.size),
            "objects": (29, 33),
            "done_weight": 0.003,
            "flag_pooling": "mean",
        },
        "exploding": {
            "square_pixels": True,
            "regresses": True,
            "gradient_clip": 1e12,
            "learning_rate": 1000 * args.lr,
        },
    }
    return config | changes.get(args.sick, {})


def train(args: argparse.Namespace) -> None:
    """Train and validate, epoch by epoch."""
    torch.manual_seed(args.seed)
    config = make_config(args)
    run = epochwatch.init(
        project="localiser", name=args.name or args.sick or "healthy", config=config, epochs=args.epochs,
        track="val/loss", mode="min", patience=config["patience"],
    )  # fmt: skip
    training = make_scenes(config["images"], config["objects"], args.seed)
    validation = make_scenes(config["validation_images"], config["objects"], args.seed + 1, watched=8)
    model = Localiser(config["flag_pooling"], config["regresses"])
    optimizer = torch.optim.Adam(model.parameters(), lr=config["learning_rate"])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)
    run.watch(model, optimizer)

    for _ in run.epochs():
        model.train()
        for rows in torch.randperm(len(training.done)).repeat(config["repeat"]).split(config["batch_size"]):
            point, flag = model(training.small[rows])
            spatial, done = losses(point, flag, training, rows, config)
            loss = spatial + config["done_weight"] * done
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), config["gradient_clip"])
            optimizer.step()
            run.log({"train/loss": loss, "train/loss_spatial": spatial, "train/loss_done": done})
        validate(run, model, validation, config)
        schedule.step()
        if run.should_stop:
            break
    testing = make_scenes(config["validation_images"], config["objects"], args.seed + 2, watched=0)
    validate(run, model, testing, config, split="test")
    run.finish()


@torch.no_grad()
def validate(run: epochwatch.Run, model: nn.Module, scenes: Scenes, config: dict[str, Any], split: str = "val") -> None:
    """Log the losses and errors on held-back data, and show eight samples of the validation."""
    model.eval()
    point, flag = model(scenes.small)
    spatial, done = losses(point, flag, scenes, torch.arange(len(flag)), config)
    probability, searching = flag.sigmoid(), scenes.done == 0
    run.log({
        f"{split}/loss": spatial + config["done_weight"] * done, f"{split}/loss_spatial": spatial,
        f"{split}/loss_done": done,
        f"{split}/error_px": SIZE * (point - scenes.point)[searching].norm(dim=1).mean(),
        f"{split}/done_acc": ((probability > 0.5) != searching).float().mean(),
        f"{split}/done_max": probability.max(),
    })  # fmt: skip
    rows = scenes.watched
    run.samples(
        split, scenes.full, gt=[None if scenes.done[row] else SIZE * scenes.point[row] for row in rows],
        pred=SIZE * point[rows], gt_done=scenes.done[rows], pred_done=probability[rows],
        ids=[f"step-{row}" for row in rows],
    )  # fmt: skip


def main() -> None:
    """Parse the command line and train."""
    ways = "sick:\n" + "\n".join(f"  {name}: {what}" for name, what in SICK.items())
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=ways, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--lr", type=float, default=2e-3)
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
