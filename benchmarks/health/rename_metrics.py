"""Rewrite a folder of recordings to the metric names that other trainers use, to see whether the rules still know them.

    python benchmarks/health/rename_metrics.py FOLDER OUT --style lightning|huggingface|keras|yolo|torchmetrics|mixed

Only names change: metrics, the tracked metric, milestones, targets and the sweep's metric. Labels are copied.
"""

import argparse
import gzip
import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

STYLES = ("lightning", "huggingface", "keras", "yolo", "torchmetrics", "mixed")
_TITLES = {"train": "Train", "val": "Validation", "test": "Test"}
_CLASSES = {
    "acc": "MulticlassAccuracy",
    "f1": "BinaryF1Score",
    "r2": "R2Score",
    "mae": "MeanAbsoluteError",
    "mse": "MeanSquaredError",
    "ppl": "Perplexity",
}
_LONG = {"acc": "accuracy", "lr": "learning_rate"}


def lightning(name: str, kind: str) -> str:
    """`train_loss_step`, `train_loss_epoch`, `val_loss`, `lr-AdamW`, `grad_2.0_norm/layer0`."""
    if name == "lr":
        return "lr-AdamW"
    if name.startswith("grad_norm"):
        return re.sub(r"^grad_norm", "grad_2.0_norm", name) if name != "grad_norm" else "grad_2.0_norm_total"
    split, _, stem = name.partition("/")
    if split not in ("train", "val", "test"):
        return name
    ending = ("_step" if kind == "step" else "_epoch") if name == "train/loss" else ""
    return f"{split}_{stem}{ending}"


def huggingface(name: str, kind: str) -> str:
    """`loss`, `eval_loss`, `eval_accuracy`, `learning_rate`, `grad_norm`; other training metrics keep `train_`."""
    split, _, stem = name.partition("/")
    if split not in ("train", "val", "test"):
        return _LONG.get(name, name)
    words = re.sub(r"(^|_)acc$", r"\1accuracy", stem)
    if split == "train":
        return words if words.startswith("loss") else f"train_{words}"
    return f"{'eval' if split == 'val' else 'test'}_{words}"


def keras(name: str, kind: str) -> str:
    """`loss`, `val_loss`, `accuracy`, `val_sparse_categorical_accuracy`, `val_signal_loss`, `learning_rate`."""
    split, _, stem = name.partition("/")
    if split not in ("train", "val", "test"):
        return _LONG.get(name, name)
    words = re.sub(r"^acc$", "sparse_categorical_accuracy", re.sub(r"_acc$", "_accuracy", stem))
    words = _term_first(words)
    return words if split == "train" else f"{split}_{words}"


def _term_first(stem: str) -> str:
    return re.sub(r"^loss_(?!std)(.+)$", r"\1_loss", stem)


def yolo(name: str, kind: str) -> str:
    """`train/box_loss`, `val/box_loss`, `metrics/f1(B)`, `lr/pg0`."""
    split, _, stem = name.partition("/")
    if split not in ("train", "val", "test"):
        return "lr/pg0" if name == "lr" else name
    if stem.startswith("loss"):
        return f"{split}/{_term_first(stem)}"
    return f"metrics/{stem}(B)" if split == "val" else name


def torchmetrics(name: str, kind: str) -> str:
    """`val_MulticlassAccuracy`, `val_command_BinaryAccuracy`, `val_R2Score`, `val_MeanAbsoluteError`."""
    split, _, stem = name.partition("/")
    if split not in ("train", "val", "test"):
        return name
    return f"{split}_{re.sub(r'(^|_)([a-z0-9]+)$', _as_class, stem)}"


def _as_class(found: re.Match[str]) -> str:
    return found.group(1) + _CLASSES.get(found.group(2), found.group(2))


def mixed(name: str, kind: str) -> str:
    """`Train Loss`, `Validation Signal Loss`, `val.f1`, `loss/train`: each with its own separator."""
    split, _, stem = name.partition("/")
    if split not in ("train", "val", "test"):
        return {"lr": "Learning Rate"}.get(name, name)
    term = _term_first(stem)
    if term != stem:
        return f"{_TITLES[split]} {term.replace('_', ' ').title()}"
    return f"{stem}/{split}" if stem == "loss" else f"{split}.{stem}"


NAMERS: dict[str, Callable[[str, str], str]] = {
    "lightning": lightning,
    "huggingface": huggingface,
    "keras": keras,
    "yolo": yolo,
    "torchmetrics": torchmetrics,
    "mixed": mixed,
}


def rename_line(line: Mapping[str, Any], style: str) -> dict[str, Any]:
    """Return one line of a recording with its names in another style."""
    name = NAMERS[style]
    renamed = dict(line)
    if "metrics" in line:
        renamed["metrics"] = {name(metric, line["type"]): value for metric, value in line["metrics"].items()}
    if line["type"] != "run":
        return renamed
    if line.get("tracked_metric"):
        renamed["tracked_metric"] = name(line["tracked_metric"], "epoch")
    config = dict(line["config"])
    if config.get("milestones"):
        config["milestones"] = [{**stone, "metric": name(stone["metric"], "epoch")} for stone in config["milestones"]]
    if config.get("targets"):
        config["targets"] = {name(metric, "epoch"): band for metric, band in config["targets"].items()}
    metric = (config.get("sweep") or {}).get("metric")
    if metric:
        config["sweep"] = {**config["sweep"], "metric": {**metric, "name": name(metric["name"], "epoch")}}
    renamed["config"] = config
    return renamed


def rename_folder(source: Path, target: Path, style: str) -> int:
    """Write every recording of a folder in another style; return how many there were."""
    target.mkdir(parents=True, exist_ok=True)
    files = sorted(source.glob("*.jsonl.gz"))
    for file in files:
        with gzip.open(file, "rt") as lines:
            renamed = [json.dumps(rename_line(json.loads(line), style)) for line in lines]
        with gzip.open(target / file.name, "wt", compresslevel=1) as out:
            out.write("\n".join(renamed) + "\n")
    if (source / "labels.json").exists():
        shutil.copy(source / "labels.json", target / "labels.json")
    return len(files)


def main() -> None:
    """Rename as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--style", choices=STYLES, required=True)
    given = parser.parse_args()
    print(f"{rename_folder(given.source, given.target, given.style)} recordings renamed to {given.style}")


if __name__ == "__main__":
    main()
