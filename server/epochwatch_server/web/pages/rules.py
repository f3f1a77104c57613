"""The Rules page: what each rule sees and how it decides, and how a project has set it."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from epochwatch_server.store import runs
from epochwatch_server.web.pages.shortcuts import RULES_SHORTCUTS, ShortcutGroup
from epochwatch_server.web.services import ServicesDep
from epochwatch_server.web.templating import json_island, page

router = APIRouter(include_in_schema=False)

# Kinds of trouble, as a person looks for them; a rule of none of them stands under "Other" until it is added here.
KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Before it begins",
        (
            "run_never_started",
            "repeated_crashes",
            "config_string_number",
            "metric_mismatch",
            "tracked_metric_missing",
            "val_missing",
        ),
    ),
    ("Numbers that run away", ("nonfinite", "amp_overflow", "loss_explosion", "loss_spike", "loss_oscillation")),
    ("Learning rate", ("lr_too_high", "lr_too_low", "lr_spike", "lr_vanished")),
    (
        "Gradients and weights",
        ("grad_explosion", "grad_vanishing", "clip_always_active", "dead_layer", "dead_relu", "poor_init"),
    ),
    (
        "No progress",
        (
            "loss_not_decreasing",
            "metric_stuck_zero",
            "metric_constant",
            "at_chance",
            "r2_stuck",
            "underfitting",
            "plateau",
        ),
    ),
    (
        "Terms of the loss",
        ("loss_scale_imbalance", "component_not_decreasing", "component_collapsed", "gan_collapse"),
    ),
    ("Predictions", ("variance_collapse", "one_sided_head", "class_imbalance")),
    ("Generalisation", ("overfitting", "train_val_gap", "past_best", "val_test_gap", "suspicious_perfect")),
    (
        "Goals",
        (
            "milestone_missed",
            "slow_convergence",
            "target_band",
            "tracked_metric_saturated",
            "tracked_metric_misaligned",
            "test_eval_missing",
        ),
    ),
    ("The process", ("run_crashed", "killed_early", "stalled", "throughput_drop")),
)


@dataclass(frozen=True, slots=True)
class RulesPage:
    """What `pages/rules.html` shows. rules_json: the projects and runs there are, rules by kind."""

    rules_json: Markup
    shortcuts: tuple[ShortcutGroup, ...] = RULES_SHORTCUTS
    title: str = "Rules"
    place: str = "rules"


@router.get("/rules")
def show_rules(request: Request, services: ServicesDep) -> HTMLResponse:
    """Show the catalogue of rules; the page asks how a project has set them."""
    with services.database.read() as connection:
        listed = runs.list_runs(connection)
    offered = {
        "projects": sorted({run.project for run in listed}),
        "project": listed[0].project if listed else "",
        "kinds": KINDS,
        "runs": {run.id: run.name for run in listed},
    }
    return page("pages/rules.html", RulesPage(json_island(offered)), request)
