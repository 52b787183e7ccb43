"""The report of a campaign, recounted by brute force from its rows; as JSON, CSV and a page."""

import csv
import io
import random
from collections import Counter
from typing import Any

import httpx
from PIL import Image
from sqlalchemy import select

from shared.contracts.enums import ArtifactName, RerunState
from shared.db.models import Artifact, RerunItem, Result, Run
from shared.storage.s3 import S3Store
from tests.integration.gateway.campaign_rows import LABELS, Outcome, Ward, answer, code_of, refusal, started
from tests.integration.records import accept

PERCENTS = (1, 5, 10, 25, 50, 75, 90, 95, 99)


def drawn(draw: random.Random, backend: str) -> Outcome:
    """A random outcome: a failure, a refusal or an answer."""
    if (kind := draw.random()) < 0.1:
        return "decoder_crashed" if kind < 0.05 else "non_finite_activation"
    if kind < 0.2:
        return refusal()
    facts = {"model": {"name": "m", "version": "v", "backend": draw.choice([backend, "other"])}}
    timed = {"provenance": {"durations_ms": {"network": round(draw.uniform(1, 9), 3)}}}
    decision, label = draw.choice(["refer", "review", "no_refer"]), draw.choice(LABELS)
    return answer(decision, label, round(draw.uniform(0.3, 0.99), 6), **facts, **timed)


def campaign(ward: Ward, client: httpx.Client, count: int) -> str:
    draw = random.Random(11)
    cases = ward.cases([drawn(draw, "old") for _ in range(count)])
    accept(ward.gateway, ward.clinic_id, ward.model_id)
    rerun = started(client, ward.candidate())
    ward.carry_out(rerun, {case: drawn(draw, "new") for case in cases})
    return rerun


def rows_of(ward: Ward, rerun: str) -> list[tuple[RerunItem, Result | None, Result | None, str | None]]:
    with ward.worker.transaction() as session:
        items = session.scalars(select(RerunItem).where(RerunItem.rerun_id == rerun).order_by(RerunItem.case_id)).all()
        found = []
        for item in items:
            old, new = (session.get(Result, run_id or "") for run_id in (item.base_run_id, item.run_id))
            run = session.get(Run, item.run_id or "")
            found.append((item, old, new, None if run is None else run.error_code))
        return found


def recount(rows: list[Any]) -> dict[str, Any]:
    """Every figure of the report, the slow way."""
    both = [(item, old, new) for item, old, new, _ in rows if old is not None and new is not None]
    answered = [(item, old, new) for item, old, new in both if old.decision and new.decision]
    shifts = [
        max(abs(new.probabilities[label] - old.probabilities[label]) for label in LABELS) for _, old, new in answered
    ]
    decisions = Counter((old.decision or "rejected", new.decision or "rejected") for _, old, new in both)
    return {
        "items": dict(Counter(item.state for item, *_ in rows)),
        "skipped": dict(Counter(item.skip_reason for item, *_ in rows if item.skip_reason)),
        "failures": dict(Counter(code for item, *_, code in rows if item.state == "failed")),
        "compared": len(both),
        "first_results": sum(1 for _, old, new, _ in rows if old is None and new is not None),
        "flips": sum(1 for _, old, new in both if old.decision != new.decision),
        "agreeing": sum(1 for _, old, new in both if (old.decision, old.label) == (new.decision, new.label)),
        "decisions": [{"before": b, "after": a, "cases": n} for (b, a), n in sorted(decisions.items())],
        "labels": [
            {"before": b, "after": a, "cases": n}
            for (b, a), n in sorted(Counter((old.label, new.label) for _, old, new in answered).items())
        ],
        "other_backend": sum(1 for _, old, new in both if old.model.get("backend") != new.model.get("backend")),
        "probability_shift": spread(shifts),
        "malignancy_shift": spread([new.malignancy - old.malignancy for _, old, new in answered]),
        "largest": [
            (round(shift, 6), item.case_id)
            for shift, (item, _, _) in sorted(zip(shifts, answered, strict=True), key=lambda pair: -pair[0])[:50]
        ],
        "device_seconds": [
            round(sum(one.provenance.get("durations_ms", {}).get("network", 0) for one in sides) / 1000, 3)
            for sides in ([old for _, old, _ in both], [new for _, _, new, _ in rows if new is not None])
        ],
    }


def spread(numbers: list[float]) -> dict[str, float]:
    ranked = sorted(numbers)
    found = {f"p{percent}": ranked[-(-len(ranked) * percent // 100) - 1] for percent in PERCENTS}
    return {name: round(value, 4) for name, value in {**found, "max": ranked[-1]}.items()}


def test_the_report_equals_a_recount_by_brute_force(ward: Ward, manager_client: httpx.Client) -> None:
    rerun = campaign(ward, manager_client, 120)
    rows = rows_of(ward, rerun)
    wanted = recount(rows)
    told = manager_client.get(f"/v1/reruns/{rerun}/report").json()
    plain = ("items", "skipped", "failures", "compared", "first_results", "flips", "agreeing", "other_backend")
    assert {name: told[name] for name in plain} == {name: wanted[name] for name in plain}
    assert (told["decisions"], told["labels"]) == (wanted["decisions"], wanted["labels"])
    assert told["agreement"] == round(1 - wanted["flips"] / wanted["compared"], 6)
    for name in ("probability_shift", "malignancy_shift"):
        assert told[name]["quantiles"] == wanted[name]
    assert [(one["shift"], one["case_id"]) for one in told["largest_shifts"]] == wanted["largest"]
    assert [told[name]["device_seconds"] for name in ("before", "after")] == wanted["device_seconds"]
    assert told["backends_differ"] is True
    results = [sum(origin["results"] for origin in told[name]["origins"]) for name in ("before", "after")]
    assert results == [wanted["compared"], wanted["compared"] + wanted["first_results"]]
    assert told["unmapped_labels"] == {"before": [], "after": [], "cases": 0}
    assert told["rerun"]["id"] == rerun


def test_the_csv_has_a_line_a_case(ward: Ward, manager_client: httpx.Client) -> None:
    rerun = campaign(ward, manager_client, 20)
    response = manager_client.get(f"/v1/reruns/{rerun}/report.csv")
    assert response.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(response.text)))
    rows = rows_of(ward, rerun)
    assert [line["case_id"] for line in lines] == [item.case_id for item, *_ in rows]
    for line, (item, old, new, _) in zip(lines, rows, strict=True):
        assert (line["state"], line["skip_reason"]) == (item.state, item.skip_reason or "")
        for name, side in (("before", old), ("after", new)):
            told = "" if side is None else side.decision or "rejected"
            assert line[f"{name}_decision"] == told
            assert line[f"{name}_run_id"] == ("" if side is None else side.run_id)


def test_the_page_holds_the_pictures_that_are_there_and_no_reference(
    ward: Ward, manager_client: httpx.Client, store: S3Store
) -> None:
    (case,) = ward.cases([answer("review", "nv", 0.5)], subject_ref="patient-17", client_ref="ref-18")
    rerun = started(manager_client, ward.candidate())
    ward.carry_out(rerun, {case: answer("refer", "mel", 0.9)})
    with ward.worker.transaction() as session:
        old = ward.items(rerun)[case].base_run_id
        key = session.scalar(select(Artifact.key).where(Artifact.run_id == old, Artifact.name == ArtifactName.OVERLAY))
    assert key
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (180, 120, 110)).save(picture, "JPEG")
    store.put(key, picture.getvalue(), media_type="image/jpeg")
    response = manager_client.get(f"/v1/reruns/{rerun}/report.html")
    assert response.status_code == 200
    assert response.headers["content-security-policy"].startswith("default-src 'none'; img-src data:")
    assert response.text.count("data:image/jpeg;base64,") == 1
    assert response.text.count("no picture of after") == 1
    assert case in response.text
    assert "patient-17" not in response.text
    assert "ref-18" not in response.text
    assert response.text.endswith("</html>\n")


def test_a_report_is_there_before_the_end_and_only_in_reach(
    ward: Ward, manager_client: httpx.Client, operator_client: httpx.Client
) -> None:
    ward.cases([answer()])
    rerun = started(operator_client, ward.candidate())
    told = operator_client.get(f"/v1/reruns/{rerun}/report").json()
    assert (told["rerun"]["state"], told["compared"], told["items"]) == (RerunState.RUNNING, 0, {"planned": 1})
    for name in ("report", "report.csv", "report.html"):
        assert operator_client.get(f"/v1/reruns/{rerun}/{name}").status_code == 200
        assert code_of(manager_client.get(f"/v1/reruns/{rerun}/{name}")) == (404, "not_found")
