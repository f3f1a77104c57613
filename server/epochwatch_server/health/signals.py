"""What a metric is to the rules: the domain's reading of its name, refined where a rule must tell more apart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from epochwatch_server.domain.roles import ROLES as COARSE_ROLES
from epochwatch_server.domain.roles import read_metric_name, spelled

# What an agent earns, whatever the habit (`ep_rew_mean`, `rewards/mean`): neither its spread nor a preference's sides.
_EARNED = (
    r"^(?!.*(?:std|min|max|var|loss|scale|weight|model|chosen|rejected|margin|accurac))"
    r"(?:.*[/_.\-])?(?:rew(?:ard)?|ep_ret|return|win_rate|elo)s?(?:$|[/_.\-])"
)
# First match wins. These stand before the domain's roles, which charts use and which are coarser.
_FINER: tuple[tuple[str, str], ...] = (
    ("loss_std", r"loss_(?:std|stdev|stddev)$|(?:std|stdev)_loss$"),
    ("loss_extreme", r"loss_(?:min|max|var)$"),
    ("loss_scale", r"(?:^|[/_.\-])(?:amp|scaler|grad_?scaler|fp16)[/_.\-].*scale|loss_scal(?:e|er)$"),
    ("skipped_fraction", r"skip(?:ped)?(?:_steps?)?_(?:frac|fraction|ratio|share|rate)"),
    ("dead_fraction", r"dead_?(?:frac|fraction|relu|units?|share)"),
    ("grad_norm_max", r"grad(?:ient)?s?_norm_max|max_grad(?:ient)?_norm"),
    (
        "layer_grad_norm",
        r"grad(?:ient)?s?(?:_[\d.]+)?_norm[/.\-](?!total$|all$|global$).+|^grad_[\d.]+_norm_(?!total).+",
    ),
    ("clip_fraction", r"clip(?:ped|ping)?_?(?:frac|fraction|ratio|share|rate)"),
    ("update_ratio", r"update(?:_to_weight)?_ratio|update_scale"),
    ("score", _EARNED),
    ("positive_rate", r"(?:pos(?:itive)?s?|true|target|gt)_(?:rate|share|frac(?:tion)?)$"),
    ("output_max", r"(?<!norm)_max$"),
    ("output_min", r"_min$"),
    ("output_mean", r"_(?:mean|avg)$"),
    ("accuracy", r"(?:^|[/_.\-])(?:(?:hits?|recall|precision)_?(?:at|@)_?\d+|mrr)(?:$|[/_.\-])"),
    ("min_recall", r"min(?:imum)?_recall|worst_recall|recall_min"),
    ("class_recall", r"^recall[/_].+|.+[/_]recall[/_]\w+"),
    ("predicted_classes", r"pred(?:icted)?_classes|n_classes_predicted|distinct_pred"),
    ("mode_count", r"(?:^|[/_.\-])(?:n_?|num_?)?modes?(?:_covered|_count)?$"),
    ("sample_std", r"(?:sample|gen(?:erated)?|fake)s?_std"),
    ("real_std", r"real_std|data_std"),
    ("d_real", r"(?:^|[/_.\-])d(?:isc)?_(?:of_)?(?:x|real)|real_score|d_real"),
    ("d_fake", r"(?:^|[/_.\-])d(?:isc)?_(?:of_)?(?:g_?z|fake)|fake_score|d_fake"),
    ("perplexity", r"(?:^|[/_.\-])(?:ppl|perplexity)(?:$|[/_.\-])"),
    ("score", r"(?:^|[/_.\-])(?:psnr|ssim|snr|signal_noise_ratio|score)(?:$|[/_.\-])"),
    ("score", r"c_?index|concordance|(?:^|[/_.\-])(?:ndcg|qwk|spearman|pearson|cos(?:ine)?_sim)"),
)
_COMPILED = tuple((role, re.compile(pattern)) for role, pattern in _FINER)
ROLES = tuple(sorted({*COARSE_ROLES, *(role for role, _ in _FINER), "other"}))
_OUTPUT_ROLES = frozenset({"output_max", "output_min", "output_mean"})
_KEPT_BY_DOMAIN = frozenset({"pred_mean", "pred_range", "pred_std", "lr"})
_DIRECTIONS = {
    "perplexity": "min",
    "score": "max",
    "accuracy": "max",
    "min_recall": "max",
    "class_recall": "max",
    "mode_count": "max",
}
_LOSS_EDGES = re.compile(r"^(?:loss(?:es)?)[_/.\-]+|[_/.\-]+loss(?:es)?$", re.IGNORECASE)
SCORE_ROLES = frozenset({"accuracy", "f1", "f1_class", "r2", "min_recall", "class_recall", "mode_count", "score"})
ERROR_ROLES = frozenset({"error", "perplexity"})
SHARE_ROLES = frozenset({"accuracy", "f1", "f1_class", "min_recall", "class_recall"})  # between 0 and 1
# A term that holds the model back instead of measuring an error: it grows while the model learns, and that is its work.
_REGULARISER = re.compile(
    r"(?:^|_)(?:kld?|divergence|reg|regulari[sz]\w*|l1|l2|penalty|entropy|commit\w*|adv\w*|domain|codebook|vq|quanti[sz]\w*|prior|sparsity|decay|tv|smooth\w*|orth\w*|aux|balanc\w*|router)(?:_|$)"
)
_RETURN = re.compile(_EARNED)
_UNSPLIT_TRAIN = SCORE_ROLES | ERROR_ROLES | {"loss", "component", "loss_std", "variance_ratio"}


@dataclass(frozen=True, slots=True)
class Signal:
    """A metric as the rules see it. component: the term of the loss that it is; part: the layer or head it is about."""

    metric: str
    split: str | None
    stem: str
    role: str
    direction: str | None
    component: str | None = None
    part: str | None = None

    @property
    def kind(self) -> tuple[str | None, str, str]:
        """What a step's metric and an epoch's of another name have in common."""
        return (self.split, self.role, self.stem)

    @property
    def is_return(self) -> bool:
        """Say whether this is what an agent earns."""
        return self.role == "score" and bool(_RETURN.search(spelled(self.stem).lower()))

    @property
    def is_regulariser(self) -> bool:
        """Say whether the term's name is that of a divergence or penalty, which may rightly grow."""
        return bool(_REGULARISER.search(spelled(self.component or self.stem).lower()))


@lru_cache(maxsize=20_000)
def read_signal(metric: str) -> Signal:
    """Infer what a metric is from its name; a loss or score without a split is the training's own (Keras, HF)."""
    name = read_metric_name(metric)
    lowered = spelled(name.stem).lower().replace("-", "_")
    role = _finer_role(lowered, name.role)
    direction = _DIRECTIONS.get(role, name.direction if role == name.role else None)
    split = name.split or ("train" if role in _UNSPLIT_TRAIN else None)
    component = _LOSS_EDGES.sub("", spelled(name.stem)) if role == "component" else None
    part = re.split(r"norm[/_.\-]|frac(?:tion)?[/_.\-]", lowered, maxsplit=1)[-1] if _has_part(role) else None
    return Signal(metric, split, name.stem, role, direction, component or None, part)


def is_in_percent(signal: Signal, values: NDArray[np.float64]) -> bool:
    """Say whether a score that is a share by its name is logged as 0 to 100: the rules then read it as 0 to 1."""
    finite = values[np.isfinite(values)]
    return bool(signal.role in SHARE_ROLES and len(finite) and 1.5 < finite.max() <= 100 and finite.min() >= 0)


def declare(signal: Signal, roles: Mapping[str, str]) -> Signal:
    """Let what the user declared for this metric win over what its name says."""
    role = roles.get(signal.metric)
    if role is None:
        return signal
    direction = {"loss": "min", "component": "min", "error": "min"}.get(role, "max" if role in SCORE_ROLES else None)
    component = (_LOSS_EDGES.sub("", signal.stem) or signal.stem) if role == "component" else None
    return Signal(signal.metric, signal.split, signal.stem, role, direction, component, signal.part)


def _has_part(role: str) -> bool:
    return role in ("layer_grad_norm", "dead_fraction")


def _finer_role(stem: str, coarse: str) -> str:
    for role, pattern in _COMPILED:
        if pattern.search(stem):
            if role in _OUTPUT_ROLES | {"score"} and coarse != "other":
                return coarse  # `f1_score` is an F1, `r2_score` an R2
            return coarse if coarse in _KEPT_BY_DOMAIN and role != "layer_grad_norm" else role
    return coarse
