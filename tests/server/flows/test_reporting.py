"""What of a run goes into its report when not all of it fits."""

from dataclasses import replace

from tests.server.reports.told_runs import a_sample

from epochwatch_server.charts.chart import Entry
from epochwatch_server.charts.sections import Section
from epochwatch_server.flows.report_samples import badness
from epochwatch_server.flows.reporting import MOST_CHARTS, choose_charts


def a_section(name: str, count: int) -> Section:
    charts = tuple(Entry(name, "metric", f"{name}{place}", f"{name} {place}", ()) for place in range(count))
    return Section(name, name, charts, 0)


def test_no_section_keeps_the_others_out_and_the_rest_is_filled_up() -> None:
    sections = [a_section("loss", 90), a_section("rate", 1), a_section("other", 90)]
    chosen = choose_charts(sections)
    assert len(chosen) == MOST_CHARTS
    assert sections[1].charts[0] in chosen
    assert sum(entry.section == "loss" for entry in chosen) > sum(entry.section == "other" for entry in chosen) >= 6
    assert choose_charts([a_section("loss", 3)]) == set(a_section("loss", 3).charts)


def test_a_wrong_flag_is_worse_than_any_distance_and_what_cannot_be_measured_is_no_error() -> None:
    near, far = a_sample("near", 1.0), a_sample("far", 99.0)
    missed = replace(a_sample("missed", None), gt_done=1.0, pred_done=0.1)
    unknown = replace(a_sample("unknown", None), gt=None)
    ranked = sorted((missed, far, unknown, near), key=badness)
    assert [sample.id for sample in ranked] == ["unknown", "near", "far", "missed"]
