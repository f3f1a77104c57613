"""Patience: what the best epoch was, and how long ago. No clock, no I/O."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

_LARGER_IS_BETTER = re.compile(
    r"acc|f1|auc|(^|[/_.-])r2|precision|recall|iou|dice|bleu|rouge|score|variance_ratio|reward|psnr|ssim|(^|[/_.-])m?ap($|[/_.@-])",
    re.IGNORECASE,
)
_SMALLER_IS_BETTER = re.compile(r"loss|err|mae|mse|rmse|nll|perplexity|wer|cer|distance|fid", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EarlyStopping:
    """The tracked metric after some epochs. An epoch without the metric is no observation.

    patience: epochs without improvement that are allowed; None means watch, never stop.
    min_delta: an improvement must be larger than this.
    """

    metric: str
    mode: str  # "min" or "max"
    patience: int | None = None
    min_delta: float = 0.0
    value: float | None = None
    best: float | None = None
    best_epoch: int | None = None
    waited: int = 0

    @property
    def is_exhausted(self) -> bool:
        """Say whether the epochs without improvement have used up the patience."""
        return self.patience is not None and self.waited >= max(1, self.patience)

    def observe(self, epoch: int, value: float) -> "EarlyStopping":
        """Return the state after an epoch. A value that is not finite is never the best."""
        if math.isfinite(value) and self._improves(value):
            return replace(self, value=value, best=value, best_epoch=epoch, waited=0)
        return replace(self, value=value, waited=self.waited + 1)

    def restored(self, state: Mapping[str, object]) -> "EarlyStopping":
        """Return this with best, best epoch and waited from a saved state; anything odd in it is left out."""
        best, best_epoch, waited = state.get("best"), state.get("best_epoch"), state.get("waited")
        if state.get("metric") != self.metric or not isinstance(waited, int):
            return self
        if not isinstance(best, float | int) or not isinstance(best_epoch, int):
            return replace(self, waited=max(0, waited))
        return replace(self, best=float(best), best_epoch=best_epoch, waited=max(0, waited))

    def _improves(self, value: float) -> bool:
        if self.best is None:
            return True
        if self.mode == "max":
            return value > self.best + self.min_delta
        return value < self.best - self.min_delta


def infer_mode(metric: str) -> str | None:
    """Read from a metric's name whether larger or smaller is better; None when it tells nothing."""
    stem = metric.rsplit("/", 1)[-1]
    if _SMALLER_IS_BETTER.search(stem):
        return "min"
    return "max" if _LARGER_IS_BETTER.search(stem) else None
