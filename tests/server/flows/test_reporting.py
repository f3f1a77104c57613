"""What of a run goes into its report when not all of it fits."""

from dataclasses import replace

from tests.server.reports.told_runs import a_sample

from epochwatch_server.charts.chart import Entry
from epochwatch_server.charts.sections import Section
from epochwatch_server.flows.report_samples import order_beside, ranked_rows
from epochwatch_server.flows.reporting import MOST_CHARTS, choose_charts
from epochwatch_server.reports.run_report import SampleRow


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


def named(rows: list[SampleRow]) -> dict[str, list[str]]:
    return {row.title: [sample.id for _, sample in row.samples if sample is not None] for row in rows}


def test_best_and_worst_are_ranked_within_one_unit_that_is_named() -> None:
    points = [a_sample(f"p{error:.0f}", error) for error in (5.0, 1.0, 99.0)]
    waves = [a_sample(f"w{error}", error, error_px=None, error_unit="RMSE") for error in (0.3, 0.1)]
    assert named(ranked_rows([waves[0], *points, waves[1]], 7)) == {
        "Best: smallest errors at epoch 7, in px": ["p1"],
        "Worst: largest errors at epoch 7, in px": ["p99"],
        "Best: smallest errors at epoch 7, in RMSE": ["w0.1"],
        "Worst: largest errors at epoch 7, in RMSE": ["w0.3"],
    }


def test_wrong_flags_have_a_row_of_their_own_and_what_cannot_be_measured_is_in_none() -> None:
    far = replace(a_sample("far", 99.0), gt_done=0.0, pred_done=0.2)
    missed = replace(a_sample("missed", 3.0), gt_done=1.0, pred_done=0.4)
    alarm = replace(a_sample("alarm", 4.0), gt_done=0.0, pred_done=0.9)
    unknown = replace(a_sample("unknown", None), gt=None)
    assert named(ranked_rows([missed, far, alarm, unknown], 7)) == {
        "Best: smallest errors at epoch 7, in px": ["alarm"],
        "Worst: largest errors at epoch 7, in px": ["far"],
        "Wrong flag: 2 of 3 at epoch 7, the furthest off first": ["alarm", "missed"],
    }


def test_samples_without_anything_to_rank_them_by_stand_as_they_were_sent() -> None:
    bare = [replace(a_sample(name, None), gt=None) for name in ("b", "a")]
    assert named(ranked_rows(bare, 7)) == {"As sent: epoch 7": ["b", "a"]}


def test_samples_of_several_runs_are_ordered_in_the_unit_of_most_of_them() -> None:
    wave = a_sample("wave", 80.0, error_px=None, error_unit="RMSE")
    one = {"near": a_sample("near", 2.0), "far": a_sample("far", 9.0), "wave": wave}
    two = {"near": a_sample("near", 3.0), "far": a_sample("far", 1.0), "only": a_sample("only", 500.0), "wave": wave}
    assert order_beside([one, two]) == (["far", "near", "wave", "only"], "px")
    assert order_beside([]) == ([], "")
