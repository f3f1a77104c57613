"""Reports asked of a real server and of the command line: as downloads, of one run and of several."""

import math
import re
import time
from pathlib import Path
from typing import Any

import pytest
from tests.server.cli.test_process import epochwatch
from tests.server.images import png
from tests.server.web.test_alerts_api import fire
from tests.server.web.trainings import epoch_event, train
from tests.server_process import Client, HandMadeWriter, RunningServer, start_event

from epochwatch_server.flows import report_samples

EPOCHS, METRICS = 200, 60
TRACKED = {"metric": "val/acc", "mode": "max"}
IMAGE = "ef" * 16


def text_of(client: Client, path: str) -> str:
    answer = client.ask("GET", path)
    assert answer.status == 200, answer
    return answer.body.decode()


@pytest.fixture(scope="module")
def pair(server: RunningServer) -> list[str]:
    """Two runs of which one was tested, with samples at two epochs in common."""
    curves = {"val/acc": [0.4, 0.9, 0.7], "val/loss": [1.0, 0.5, 0.8], "train/loss": [1.0, 0.4, 0.2]}
    with server.client() as client:
        for name, more in (("first side", {}), ("second/side", {"test/acc": [math.nan, math.nan, 0.65]})):
            writer = train(
                client,
                f"pair-{name[:3]}",
                curves | more,
                reason=None,
                name=name,
                tracked=TRACKED,
                config={"lr": len(name)},
            )
            for epoch in (0, 1):
                shown = {"id": "s1", "image": IMAGE, "gt": [[4, 4]], "pred": [[5 + epoch, 4]], "error_px": 1.0 + epoch}
                event = {"type": "samples", "split": "val", "epoch": epoch, "step": epoch, "samples": [shown]}
                client.post_packet(writer.packet(events=[event], images={IMAGE: png(8, 6)} if epoch == 0 else {}))
            client.post_packet(writer.packet(events=[{"type": "end", "reason": "finished"}]))
    return ["pair-fir", "pair-sec"]


def test_a_report_is_a_download_that_can_do_nothing(client: Client, pair: list[str]) -> None:
    page = client.ask("GET", f"/api/runs/{pair[1]}/report.html")
    assert page.headers["content-disposition"].startswith('attachment; filename="second-side-report.html"')
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("frame-ancestors 'none'; sandbox")
    text = client.ask("GET", f"/api/runs/{pair[0]}/report.md")
    assert text.headers["content-disposition"].startswith('attachment; filename="first-side-report.md"')
    assert text.headers["content-type"] == "text/markdown; charset=utf-8"


def test_a_report_has_the_figures_of_the_page(client: Client, pair: list[str]) -> None:
    detail = client.get(f"/api/runs/{pair[1]}")
    page = text_of(client, f"/api/runs/{pair[1]}/report.html")
    assert detail["epochs_done"] == 3
    assert "3 of 3" in page
    assert "<dt>test/acc</dt><dd>0.6500</dd>" in page
    titles = {
        chart["title"]
        for section in client.get(f"/api/runs/{pair[1]}/charts")["sections"]
        for chart in section["charts"]
    }
    drawn = set(re.findall(r'<figcaption class="report-caption report-mono">([^<]+)</figcaption>', page))
    assert titles & {"acc", "loss"} <= drawn
    assert page.count("data:image/png;base64,") == 1
    assert "First: epoch 0" in page
    assert "err=2.0px" in page
    assert "<dt>test</dt><dd>never tested</dd>" in text_of(client, f"/api/runs/{pair[0]}/report.html")


def test_an_image_that_is_too_large_is_left_out_and_said_to_be(
    client: Client, pair: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_samples, "MAX_IMAGE_BYTES", 10)
    page = text_of(client, f"/api/runs/{pair[0]}/report.html")
    assert "1 of 1 images are too large for a report." in page
    assert "data:image/" not in page
    assert "image not in this report" in page


def test_a_live_run_with_an_alert_is_told_with_evidence_and_next_steps(server: RunningServer, client: Client) -> None:
    writer, alert = fire(server, client, "report-live", tracked=TRACKED, planned_epochs=9, note="see **this** <b>")
    client.send("PATCH", "/api/runs/report-live", {"verdict": "poor"})
    page, text = (text_of(client, f"/api/runs/report-live/report.{kind}") for kind in ("html", "md"))
    for told in (page, text):
        assert alert["what"] in told
        assert "poor" in told
        assert "live when the report was made" in told
    assert "see <strong>this</strong> &lt;b&gt;" in page
    assert "Next steps" in page
    assert 'fill="var(--critical)"' in page[page.index('id="run-alerts"') :]
    assert "see **this** <b>" in re.findall(r"```text\n(.*?)\n```", text, re.DOTALL)
    client.send("POST", f"/api/alerts/{alert['id']}/mute", {"scope": "run"})
    assert (
        alert["what"]
        not in text_of(client, "/api/runs/report-live/report.html")
        .partition('id="run-charts"')[0]
        .partition('id="run-alerts"')[2]
    )
    client.post_packet(writer.packet(events=[{"type": "end", "reason": "finished"}]))


def test_a_comparison_is_one_report(client: Client, pair: list[str]) -> None:
    runs = ",".join(pair)
    page = text_of(client, f"/api/compare/report.html?runs={runs}")
    told = client.get(f"/api/compare?runs={runs}")
    for words in ("first side", "second/side", "90.00 %", "65.00 %", "never tested", "Samples side by side"):
        assert words in page, words
    assert all(finding["text"] in page for finding in told["findings"])
    assert "at epoch 1, the last that all of them kept" in page
    assert page.count("data:image/png;base64,") == 1
    text = text_of(client, f"/api/compare/report.md?runs={runs}")
    assert "| `lr` | `10` | `11` |" in text
    assert "| `val/acc` | second/side | ▁█▅ | 0.4000 | 0.7000 | 0.4000 | 0.9000 |" in text
    ranked = text_of(client, f"/api/compare/report.md?runs={runs}&metric=val/loss")
    assert "best `val/loss`" in ranked
    assert client.ask("GET", f"/api/compare/report.html?runs={pair[0]}").status == 422
    assert client.ask("GET", "/api/compare/report.md?runs=no,body").status == 404
    assert client.ask("GET", "/api/runs/nobody/report.html").status == 404


def test_the_report_of_a_comparison_has_every_figure_of_the_page(client: Client, pair: list[str]) -> None:
    """Its table, its settings, how the runs went, its charts and its alerts: all that the API gives the page."""
    runs = ",".join(pair)
    told = client.get(f"/api/compare?runs={runs}")
    page, text = (text_of(client, f"/api/compare/report.{kind}?runs={runs}") for kind in ("html", "md"))
    for row in told["metrics"]:
        assert f">{row['metric']}" in page, row["metric"]
        assert f"| `{row['metric']}` |" in text, row["metric"]
    for row in told["config"]:
        assert row["key"] in page
        assert f"`{row['key']}`" in text
    for name in ("State", "Health", "Epochs", "Duration", "An epoch", "Steps a second"):
        assert f">{name}</th>" in page, name
        assert f"| `{name}` |" in text, name
    drawn = re.findall(r'aria-label="([^"]+)" class="svg-picture"', page)
    assert set(told["charts"]) <= set(drawn)
    assert drawn[:3] == ["val/acc", "val/loss", "test/acc"]  # the ranking one first, then by split as on the page
    assert "last of" not in page
    assert "−25.00 points to val" in page


def test_the_charts_of_a_report_are_laid_out_as_the_page_is(client: Client, pair: list[str]) -> None:
    path = f"/api/compare/report.html?runs={','.join(pair)}"
    apart = text_of(client, f"{path}&baseline={pair[0]}&align=fraction&scale=log&width=9")
    assert "Differences to first side, along the share of each plan, on a logarithmic axis." in apart
    assert "difference to first side" in apart
    grouped = text_of(client, f"{path}&group=lr")
    assert "Mean of the runs that share lr, with one standard deviation." in grouped
    assert "lr 10 (1 run)" in grouped
    assert "Differences to" not in text_of(client, path)
    assert client.ask("GET", f"{path}&baseline=nobody").status == 422


def test_a_long_run_of_many_metrics_has_a_report_of_bounded_size(client: Client) -> None:
    writer = HandMadeWriter("report-long")
    start = start_event(name="long", tracked=TRACKED, planned_epochs=EPOCHS)
    names = ["val/acc", "train/loss", "val/loss", *(f"val/score_{place}" for place in range(METRICS - 3))]
    epochs = [
        epoch_event(epoch, {name: math.sin(epoch / 9 + place) for place, name in enumerate(names)})
        for epoch in range(EPOCHS)
    ]
    shown = {"id": "s1", "gt": [[4, 4]], "pred": [[5, 4]], "gt_done": 0, "pred_done": 0.5}
    samples = {"type": "samples", "split": "val", "epoch": 3, "step": 3, "samples": [shown]}
    assert client.post_packet(writer.packet(events=[start, *epochs, samples])).json()["rejected"] == []
    client.post_packet(writer.packet(events=[{"type": "end", "reason": "finished"}]))
    began = time.process_time()
    page = text_of(client, "/api/runs/report-long/report.html")
    assert time.process_time() - began < 20  # some seconds, on a machine that does other things too
    assert len(page) < 3_000_000
    assert 8 <= page.count('class="svg-picture"') <= 40
    assert re.search(r"\d+ more charts, not drawn here: .*score_", page)
    beside = page[page.index('id="run-samples"') :]  # however many metrics there are, these are never left out
    assert all(f'aria-label="{title} · val" class="svg-picture"' in beside for title in ("Sample error", "Done flag"))


def test_the_command_writes_reports_whole_or_not_at_all(server: RunningServer, pair: list[str], tmp_path: Path) -> None:
    where = ("--data", str(server.data), "--server", server.url)
    page, text = tmp_path / "report.html", tmp_path / "report.md"
    done = epochwatch("report", pair[0], "--html", str(page), "--markdown", str(text), *where)
    assert done.returncode == 0, done.stderr
    assert f"wrote {page} (0." in done.stderr
    assert page.read_text().startswith("<!doctype html>")
    assert text.read_text().startswith("# first side\n")
    printed = epochwatch("report", "first side", pair[1], "--metric", "val/loss", *where)
    assert printed.stdout.startswith("# 2 runs of tests\n")
    assert "best `val/loss`" in printed.stdout
    missing = epochwatch("report", "nobody", "--html", str(tmp_path / "no.html"), *where)
    assert missing.returncode == 1
    assert "There is no run 'nobody'" in missing.stderr
    assert epochwatch("report", pair[0], "--html", "-", "--markdown", "-", *where).returncode == 2
    side = tmp_path / "side.html"
    compared = epochwatch("compare", *pair, "--html", str(side), *where)
    assert compared.returncode == 0, compared.stderr
    assert "Comparison of 2 runs" in side.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.md", "side.html"]


def test_reports_need_the_token(server: RunningServer, pair: list[str]) -> None:
    stranger: Any = server.stranger()
    assert stranger.ask("GET", f"/api/runs/{pair[0]}/report.html").status == 401
    assert stranger.ask("GET", f"/api/compare/report.md?runs={','.join(pair)}").status == 401
