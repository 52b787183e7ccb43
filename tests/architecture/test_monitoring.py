"""deploy/monitoring/: each alert and each panel asks for metrics and labels that there are, in PromQL that parses.

Which metrics there are is told by docs/metrics.md, which tests/unit/gateway/test_backlog.py holds to the gateway.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import promql_parser as promql
import pytest
import yaml

from tests.architecture.sources import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = ROOT / "deploy" / "monitoring"
RULES: Final[list[dict[str, Any]]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
BOARD: Final[dict[str, Any]] = json.loads((FOLDER / "dashboard.json").read_text())
PANELS: Final[list[dict[str, Any]]] = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS: Final = {
    **{rule["alert"]: str(rule["expr"]) for rule in RULES},
    **{f"{panel['id']} {panel['title']} {t['refId']}": str(t["expr"]) for panel in PANELS for t in panel["targets"]},
}


def documented() -> dict[str, set[str]]:
    """Return every metric of the page with its labels."""
    rows = re.findall(r"^\| `(lesionlens_\w+)` \| gauge([^|]*)\|", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)`", kind)) for name, kind in rows}


METRICS: Final = documented()


def nodes(expression: Any) -> Iterator[Any]:
    yield expression
    inner = [getattr(expression, name, None) for name in ("lhs", "rhs", "expr", "vector_selector", "param")]
    for each in [*inner, *(getattr(expression, "args", None) or [])]:
        if each is not None:
            yield from nodes(each)


def labels_of(expression: Any) -> set[str]:
    """Return the labels that are grouped by or matched on anywhere in it."""
    found: set[str] = set()
    for node in nodes(expression):
        modifier = getattr(node, "modifier", None)
        if modifier is not None:
            found |= set(getattr(modifier, "labels", None) or [])
            found |= set(getattr(getattr(modifier, "matching", None), "labels", None) or [])
    return found


def selectors(expression: Any) -> list[Any]:
    return [node for node in nodes(expression) if isinstance(node, promql.VectorSelector)]


def faults(text: str) -> list[str]:
    """Return what of an expression there is not."""
    expression = promql.parse(text)
    named = selectors(expression)
    wrong = [f"no metric {each.name}" for each in named if each.name not in METRICS]
    known = [each for each in named if each.name in METRICS]
    for each in known:
        asked = {matcher.name for matcher in each.matchers.matchers}
        wrong += [f"{each.name} has no label {label}" for label in asked - METRICS[each.name]]
    everywhere = set().union(*(METRICS[each.name] for each in known))
    return wrong + [f"nothing here has the label {label}" for label in labels_of(expression) - everywhere]


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_asks_for_what_there_is(name: str) -> None:
    assert selectors(promql.parse(EXPRESSIONS[name]))
    assert faults(EXPRESSIONS[name]) == []


def test_what_there_is_not_would_be_seen() -> None:
    assert faults("max(lesionlens_queue_ages)") == ["no metric lesionlens_queue_ages"]
    assert faults('lesionlens_queue_age_seconds{lane="live"}') == ["lesionlens_queue_age_seconds has no label lane"]
    assert faults("max by (lane) (lesionlens_queue_age_seconds)") == ["nothing here has the label lane"]
    with pytest.raises(ValueError, match=r"."):
        promql.parse("max(lesionlens_queue_age_seconds")


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {each.name for panel in PANELS for t in panel["targets"] for each in selectors(promql.parse(t["expr"]))}
    assert shown == set(METRICS)


def test_figures_of_the_record_are_never_added_up_over_gateways() -> None:
    """Each gateway tells the same: a sum is taken of a maximum, or of what is a process' own."""
    own = {"lesionlens_callers_waiting"}
    for name, text in EXPRESSIONS.items():
        for node in nodes(promql.parse(text)):
            if isinstance(node, promql.AggregateExpr) and str(node.op) == "sum":
                plain = {each.name for each in selectors(node) if not _is_in_a_maximum(node, each)}
                assert plain <= own, name


def _is_in_a_maximum(node: Any, selector: Any) -> bool:
    maxima = [each for each in nodes(node) if isinstance(each, promql.AggregateExpr) and str(each.op) == "max"]
    return any(selector.name in {inner.name for inner in selectors(each)} for each in maxima)


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_says_what_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^## (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert anchor in {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
        assert label in labels_of(promql.parse(str(rule["expr"]))), "the label is lost on the way"


def test_names_and_places_are_each_used_once() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
