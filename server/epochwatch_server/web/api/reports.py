"""Reports: of a run, of a comparison; a page in one file, or Markdown."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from epochwatch_server.charts.overlay import Overlay
from epochwatch_server.flows.reporting import run_report
from epochwatch_server.flows.reporting_comparison import Asked, comparison_report
from epochwatch_server.reports.comparison_report import ComparisonReport
from epochwatch_server.reports.comparison_sections import comparison_report_html
from epochwatch_server.reports.comparison_text import comparison_report_markdown
from epochwatch_server.reports.page import page_policy
from epochwatch_server.reports.run_report import RunReport
from epochwatch_server.reports.run_sections import run_report_html
from epochwatch_server.reports.run_text import run_report_markdown
from epochwatch_server.web.api.answers import download_headers
from epochwatch_server.web.api.compare import Group, Metric, Runs, overlay_asked
from epochwatch_server.web.markdown import render_markdown
from epochwatch_server.web.services import Services, ServicesDep

router = APIRouter(prefix="/api", tags=["reports"])


def comparison_asked(
    overlay: Annotated[Overlay, Depends(overlay_asked)], metric: Metric | None = None, group: Group | None = None
) -> Asked:
    """Read from the query how a comparison is to be told: the metric that ranks the runs, and how charts are laid."""
    return Asked(metric, overlay, group)


AskedDep = Annotated[Asked, Depends(comparison_asked)]
_HTML, _MARKDOWN = "text/html; charset=utf-8", "text/markdown; charset=utf-8"


@router.get("/runs/{run_id}/report.html", response_class=Response)
def report_run(services: ServicesDep, run_id: str) -> Response:
    """Write a run's report as one page that opens from disk, asks nobody for anything, and prints."""
    report = _of_run(services, run_id)
    return _page(run_report_html(report), f"{report.name}-report.html")


@router.get("/runs/{run_id}/report.md", response_class=Response)
def report_run_in_markdown(services: ServicesDep, run_id: str) -> Response:
    """Write a run's report as Markdown; charts are told as tables, pictures are left out."""
    report = _of_run(services, run_id)
    return _text(run_report_markdown(report), f"{report.name}-report.md")


@router.get("/compare/report.html", response_class=Response)
def report_comparison(services: ServicesDep, runs: Runs, asked: AskedDep) -> Response:
    """Write the report of a comparison of 2 to 8 runs as one page, its charts as the Compare page is asked for them."""
    report = _of_comparison(services, runs, asked)
    return _page(comparison_report_html(report), "comparison.html")


@router.get("/compare/report.md", response_class=Response)
def report_comparison_in_markdown(services: ServicesDep, runs: Runs, asked: AskedDep) -> Response:
    """Write the report of a comparison as Markdown."""
    report = _of_comparison(services, runs, asked)
    return _text(comparison_report_markdown(report), "comparison.md")


def _of_run(services: Services, run_id: str) -> RunReport:
    with services.database.read() as connection:
        return run_report(connection, services.book, run_id, _now_ms(), render_markdown)


def _of_comparison(services: Services, runs: str, asked: Asked) -> ComparisonReport:
    with services.database.read() as connection:
        ids = runs.split(",")
        return comparison_report(connection, services.comparing, ids, asked, _now_ms(), render_markdown)


def _page(text: str, name: str) -> Response:
    """Hand out a page: wherever it is opened, it runs nothing, and it is no page of this server."""
    policy = f"{page_policy()}; frame-ancestors 'none'; sandbox"
    return Response(text, media_type=_HTML, headers={"Content-Security-Policy": policy, **download_headers(name)})


def _text(text: str, name: str) -> Response:
    return Response(text, media_type=_MARKDOWN, headers=download_headers(name))


def _now_ms() -> int:
    return int(time.time() * 1000)
