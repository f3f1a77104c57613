"""How a metric's axis is written."""

from epochwatch_server.charts.role_axis import axis_of
from epochwatch_server.domain.roles import read_metric_name


def test_shares_far_below_a_percent_can_be_told_apart_on_a_log_axis() -> None:
    name = read_metric_name("val/variance_ratio")
    assert axis_of(name, 1e-8, 0.1, is_log=True).tick_format == "~%"
    assert axis_of(name, 0.2, 0.9, is_log=False).tick_format == ".0%"
