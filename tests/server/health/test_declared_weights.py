"""What the weights of a loss declare is no fault."""

from tests.server.health.curves import Metrics, falling, fired, record, rising

LEARNS: Metrics = {
    "train/loss": falling(2.0),
    "val/loss": falling(2.1, 0.3),
    "val/acc": rising(0.2),
    "grad_norm/trunk": 0.5,
    "grad_norm/head_type": 0.0,
}


def test_a_head_whose_term_has_a_weight_of_zero_is_not_dead() -> None:
    assert not fired("dead_layer", record(12, LEARNS, weights={"type": 0.0, "action": 1.0}))


def test_a_head_without_gradient_is_dead_whatever_other_terms_weigh() -> None:
    (alert,) = fired("dead_layer", record(12, LEARNS, weights={"type": 1.0, "action": 0.0}))
    assert "head_type" in alert.finding.what
