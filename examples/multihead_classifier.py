"""Understand commands: three heads read what to do, which kind of parameter, and its value from the same words.

Utterances are generated. Each holds several verbs and nouns; the ones that count follow a marker, so word counts do
not help. Some nouns are ambiguous, so the parameter's type has a ceiling. A command counts only when all three heads
are right: early stopping follows the product of their accuracies.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import epochwatch

HEADS = {"command": 8, "param_type": 6, "param_value": 16}
WORDS, VERBS, NOUNS, VALUES, MARKER, VOCABULARY = 14, 0, 8, 20, 36, 37
SICK = {
    "stopped_early_by_scheduler": "a sweep's agent stops it at epoch 31 of 200 while it still improves",
    "no_test": "no test evaluation at the end: nobody knows what the validation was worth",
    "tracks_mae": "early stopping follows val/param_value_mae, which is 0.0000 long before the rest has learned",
    "never_started": "the file of utterances is not there: crashes before the first epoch",
}


def make_utterances(count: int, seed: int) -> dict[str, Tensor]:
    """Generate utterances (count, WORDS) of word numbers, and the answer of each head (count,)."""
    rng = torch.Generator().manual_seed(seed)

    def draw(high: int, *shape: int) -> Tensor:
        return torch.randint(high, (count, *shape), generator=rng)

    command, noun, value = draw(8), draw(12), draw(16)
    words = torch.cat([VERBS + draw(8, 6), NOUNS + draw(12, WORDS - 6)], 1)
    words = words.gather(1, torch.rand(words.shape, generator=rng).argsort(1))
    rows, place = torch.arange(count), draw(WORDS - 6)
    words[rows, place], words[rows, place + 1] = MARKER, VERBS + command
    words[rows, place + 3], words[rows, place + 4] = NOUNS + noun, VALUES + value
    ambiguous = torch.rand(count, generator=rng) < 0.08
    return {
        "words": words,
        "command": command,
        "param_type": torch.where(ambiguous, draw(6), noun // 2),
        "param_value": value,
    }


class Reader(nn.Module):
    """A small transformer with one linear head per question."""

    def __init__(self, width: int, attention_heads: int) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, width)
        self.places = nn.Parameter(0.02 * torch.randn(WORDS, width))
        layer = nn.TransformerEncoderLayer(width, attention_heads, 2 * width, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.command_head = nn.Linear(width, HEADS["command"])
        self.param_type_head = nn.Linear(width, HEADS["param_type"])
        self.param_value_head = nn.Linear(width, HEADS["param_value"])

    def forward(self, words: Tensor) -> dict[str, Tensor]:
        """Map word numbers (n, WORDS) to logits per head."""
        pooled = self.encoder(self.words(words) + self.places).amax(1)
        return {
            "command": self.command_head(pooled),
            "param_type": self.param_type_head(pooled),
            "param_value": self.param_value_head(pooled),
        }


def losses(outputs: dict[str, Tensor], batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Compute the cross entropy of each head."""
    return {head: F.cross_entropy(outputs[head], batch[head]) for head in HEADS}


def measure(outputs: dict[str, Tensor], batch: dict[str, Tensor], split: str) -> dict[str, Tensor]:
    """Compute the losses and accuracies of each head, and the error of the value."""
    components = losses(outputs, batch)
    metrics = {f"{split}/loss_{head}": term for head, term in components.items()}
    metrics[f"{split}/loss"] = torch.stack(list(components.values())).sum()
    for head in HEADS:
        metrics[f"{split}/{head}_acc"] = (outputs[head].argmax(1) == batch[head]).float().mean()
    missed = (outputs["param_value"].argmax(1) - batch["param_value"]).float().abs()
    metrics[f"{split}/param_value_mae"] = missed.mean() / HEADS["param_value"]
    return metrics


def make_config(args: argparse.Namespace) -> dict[str, Any]:
    """Give the settings of a healthy run, then what makes it sick."""
    config: dict[str, Any] = {
        "learning_rate": args.lr, "weight_decay": 0.05, "batch_size": 64, "hidden_dim": 48, "attention_heads": 4,
        "utterances": 256 if args.quick else round(3000 * args.size),
        "track": "val/composite_acc", "mode": "max", "patience": 15,
        "utterances_file": None, "stopped_at": None, "test": True, "seed": args.seed,
    }  # fmt: skip
    changes: dict[str, dict[str, Any]] = {
        "stopped_early_by_scheduler": {"stopped_at": max(1, 31 * args.epochs // 200)},
        "no_test": {"test": False},
        "tracks_mae": {"track": "val/param_value_mae", "mode": "min"},
        "never_started": {"utterances_file": "utterances/2025-11-29.csv"},
    }
    return config | changes.get(args.sick, {})


def train(args: argparse.Namespace) -> None:
    """Train until patience runs out, then test."""
    torch.manual_seed(args.seed)
    config = make_config(args)
    run = epochwatch.init(
        project="commands", name=args.name or args.sick or "healthy", config=config, epochs=args.epochs,
        track=config["track"], mode=config["mode"], patience=config["patience"],
        composite={"composite_acc": [f"{head}_acc" for head in HEADS]},
    )  # fmt: skip
    if config["utterances_file"]:
        Path(config["utterances_file"]).read_text(encoding="utf-8")
    validation = make_utterances(config["utterances"] // 2, seed=1_000_000 + args.seed)
    model = Reader(config["hidden_dim"], config["attention_heads"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["learning_rate"], weight_decay=config["weight_decay"])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)
    run.watch(model, optimizer)

    for epoch in run.epochs():
        training = make_utterances(config["utterances"], seed=epoch)  # new ones every epoch: nothing to learn by heart
        model.train()
        for rows in torch.randperm(config["utterances"]).split(config["batch_size"]):
            batch = {name: column[rows] for name, column in training.items()}
            outputs = model(batch["words"])
            metrics = measure(outputs, batch, "train")
            optimizer.zero_grad()
            metrics["train/loss"].backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            run.log(metrics)
        schedule.step()
        run.log(evaluate(model, validation, "val"))
        if epoch == config["stopped_at"]:
            run.finish(reason="stopped")
            sys.exit("Agent received command: stop")
        if run.should_stop:
            break
    if config["test"]:
        run.log(evaluate(model, make_utterances(config["utterances"] // 2, seed=2_000_000 + args.seed), "test"))
    run.finish()


@torch.no_grad()
def evaluate(model: nn.Module, data: dict[str, Tensor], split: str) -> dict[str, Tensor]:
    """Measure the model on a whole split."""
    model.eval()
    return measure(model(data["words"]), data, split)


def main() -> None:
    """Parse the command line and train."""
    ways = "sick:\n" + "\n".join(f"  {name}: {what}" for name, what in SICK.items())
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=ways, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=200)
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
