"""What a metric's name says: its split, its role and which direction is better."""

import re
from dataclasses import dataclass
from functools import lru_cache

SPLITS = ("train", "val", "test")
_SPLIT_WORDS = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "eval": "val",
    "evaluation": "val", "dev": "val", "test": "test", "testing": "test",
}  # fmt: skip

# Names that the hook itself gives are read by their beginning: what follows is a class, a group or a module of the
# user's own naming, and `f1/lr` is no learning rate.
_OWN_NAMES: tuple[tuple[str, str], ...] = (
    ("f1_class", "f1/"),
    ("lr", "lr/"),
    ("grad_norm", "grad_norm/"),
    ("weight", "weight/"),
    ("weight", "loss_weight/"),
)

# First match wins, so the narrow patterns stand before the wide ones. B and E are the ends of a word in a name.
_B, _E = r"(?:^|[/_.\- ])", r"(?:$|[/_.\- @])"
_TOTAL = r"(?:total|main|overall|avg|mean|running|batch|epoch|sum|best|final|min)"
_SCORES = (
    r"auc|auroc|roc_auc|pr_auc|m?iou|map|jaccard|bleu|rouge\w*|mcc|matthews|kappa|top_?\d+|rank_?\d+|exact_match|hit_?rate|mean_ap|"
    r"precision|recall|specificity|sensitivity"
)
_ROLES: tuple[tuple[str, str], ...] = (
    ("lr", rf"{_B}(?:lr|learning_?rate){_E}"),
    ("grad_norm", r"grad(?:ient)?s?(?:_[\d.]+)?[_/.\- ]?norm"),
    ("clip_fraction", r"clip(?:ped)?_frac"),
    ("update_ratio", r"update_ratio"),
    ("weight", rf"{_B}(?:loss_?)?weights?{_E}"),
    ("other", rf"loss_?scal(?:e|er|ing){_E}|{_B}(?:run)?time{_E}|per_second"),
    ("variance_ratio", r"var(?:iance)?_ratio"),
    ("pred_std", r"pred(?:iction)?_std"),
    ("pred_mean", r"pred(?:iction)?_mean"),
    ("pred_range", r"pred(?:iction)?_(?:range|min|max)"),
    ("target_std", r"target_std"),
    ("target_mean", r"target_mean"),
    ("r2", rf"{_B}(?:r_?2(?:_?score)?|r_squared|explained_variance){_E}"),
    ("loss", rf"^(?:{_TOTAL}[_/.\- ]?)?loss(?:es)?(?:[_/.\- ](?:{_TOTAL}|all|step))?$"),
    ("component", rf"{_B}loss(?:es)?[_/.\-][^/]|[^/_.\- ][_/.\-]loss(?:es)?{_E}"),
    ("loss", rf"loss|perplexity|cross_?entropy|{_B}(?:nll|ce|bce|ppl|kld?|elbo){_E}"),
    ("f1", rf"{_B}(?:f1|f_?score|f_?beta|dice)"),
    ("error", rf"{_B}(?:mae|mse|rmse|rmsle|mape|wer|cer|errors?|err){_E}|(?:absolute|squared?)_(?:percentage_)?error"),
    ("accuracy", rf"acc(?:uracy)?(?:[/_.\- ]|\d|$)|{_B}(?:{_SCORES}){_E}|{_B}map_?\d"),
)
_COMPILED = tuple((role, re.compile(pattern)) for role, pattern in _ROLES)
ROLES = tuple(dict.fromkeys(role for role, _ in (*_ROLES, *_OWN_NAMES)))
_SMALLER_IS_BETTER = frozenset({"loss", "component", "error"})
_LARGER_IS_BETTER = frozenset({"accuracy", "f1", "f1_class", "r2", "variance_ratio"})
_CAMEL = re.compile(r"(?<=[A-Za-z0-9][a-z0-9])(?=[A-Z])")  # `MeanSquaredError`, `valLoss`; but `mAP` is one word
_HEAD = re.compile(r"\((?:B|M|P)\)$")  # detectors name the head behind the score: of boxes, masks or points
_FIRST_WORD = re.compile(r"([A-Za-z][a-z]*)(?:\s*[:|]+\s*|__|[/_.\- ]|(?=[A-Z]))")
_WRAPPED = re.compile(
    r"^(?:epoch|metric|scalar|stat|log|summary)s?[/_.\-](?=(?:train|val|valid|eval|test)[a-z]*[_.\-])"
)
_IN_BRACKETS = re.compile(r"^([^(\[]*[^(\[ ]) ?[(\[](\w+)[)\]]$")  # `loss (val)`
_SHORT_WORDS = {"tr": "train", "trn": "train", "vl": "val", "vld": "val", "te": "test", "tst": "test"}
_ENDING = re.compile(r"_(?:step|epoch)$")  # Lightning writes `train_loss` twice: per step and per epoch
_KEPT_NAMES = 20_000  # twice the names that a run may have


@dataclass(frozen=True, slots=True)
class MetricName:
    """A metric's name taken apart: `val/loss_signal` is split val, stem loss_signal, role component."""

    name: str
    split: str | None
    stem: str
    role: str  # "other" when the name tells nothing
    direction: str | None  # "min", "max" or None when neither is better


@lru_cache(maxsize=_KEPT_NAMES)
def read_metric_name(name: str) -> MetricName:
    """Infer split, role and direction from a name as plain loops, Lightning, Hugging Face and Keras give it."""
    split, stem = _take_split(name)
    role = _role_of(stem)
    direction = "min" if role in _SMALLER_IS_BETTER else "max" if role in _LARGER_IS_BETTER else None
    return MetricName(name, split, stem, role, direction)


@lru_cache(maxsize=_KEPT_NAMES)
def spelled(name: str) -> str:
    """Write a name's words apart with underscores, whatever the trainer's habit: `F1Score`, `Learning Rate`."""
    parts = (_CAMEL.sub("_", part.replace("IoU", "Iou")) for part in _HEAD.sub("", name).split("/"))
    return "/".join(parts).replace(" ", "_")


def _role_of(stem: str) -> str:
    lowered = spelled(stem).lower()
    for role, beginning in _OWN_NAMES:
        if lowered.startswith(beginning) and len(lowered) > len(beginning):
            return role
    return next((role for role, pattern in _COMPILED if pattern.search(lowered)), "other")


def _take_split(name: str) -> tuple[str | None, str]:
    """Find the split as the first word (`val/loss`, `valLoss`), a part of the path (`loss/val`) or the last word."""
    name = _WRAPPED.sub("", name)
    first = _FIRST_WORD.match(name)
    word, behind = (first.group(1).lower(), name[first.end() :]) if first else ("", "")
    if behind.strip() and word in _SPLIT_WORDS:
        return _SPLIT_WORDS[word], _without_ending(behind)
    if word in _SHORT_WORDS and _role_of(behind) != "other":
        return _SHORT_WORDS[word], _without_ending(behind)
    if name.startswith("metrics/") and _HEAD.search(name):  # detectors measure these on validation only
        return "val", _HEAD.sub("", name.removeprefix("metrics/"))
    parts = name.split("/")
    for place, part in enumerate(parts):
        rest = "/".join(parts[:place] + parts[place + 1 :])
        if part.lower() in _SPLIT_WORDS and rest.strip("/ "):
            return _SPLIT_WORDS[part.lower()], _without_ending(rest)
    return _take_last_word(name)


def _take_last_word(name: str) -> tuple[str | None, str]:
    """Take `loss_val` apart, but leave `mean_val` whole: the last word is a split only behind a known quantity."""
    bracketed = _IN_BRACKETS.match(name)
    if bracketed and bracketed.group(2).lower() in _SPLIT_WORDS:
        return _SPLIT_WORDS[bracketed.group(2).lower()], bracketed.group(1)
    for separator in ("_", ".", "-", " ", ":", "|"):
        rest, found, last = name.rpartition(separator)
        if found and rest and last.strip().lower() in _SPLIT_WORDS and _role_of(rest.strip()) != "other":
            return _SPLIT_WORDS[last.strip().lower()], rest.strip()
    return None, _without_ending(name)


def _without_ending(stem: str) -> str:
    """Take `loss_epoch` for a loss, but leave `global_step` and a class named `first_step` alone."""
    rest = _ENDING.sub("", stem)
    return rest if rest != stem and "/" not in rest and _role_of(rest) != "other" else stem
