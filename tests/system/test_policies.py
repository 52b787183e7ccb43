"""The content security policies in a real browser: every page works under its own, and breaks none of it.

A policy that is too narrow breaks a page, one that is too wide protects nobody: the first is seen here as a report of
the browser, the second in tests/security/test_headers.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.system.browser import Visit, chromium
from tests.system.pictures import file_of
from tests.system.stack import Stack, analysed, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx
    from PIL import Image
    from playwright.sync_api import Browser

LISTEN = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.broken.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample} ${event.sourceFile}`));
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.add_init_script(LISTEN)
    yield Visit(context.new_page())
    context.close()


def broken(visit: Visit) -> list[str]:
    return list(visit.page.evaluate("window.broken"))


def test_the_page_of_a_newcomer_keeps_to_its_policy(
    visit: Visit, stack: Stack, lesion: Image.Image, tmp_path: Path
) -> None:
    (tmp_path / "mole.jpg").write_bytes(file_of(lesion))
    visit.page.goto(f"{stack.facts['base_url']}/#key={stack.facts['clinic_key']}")
    visit.submit(tmp_path / "mole.jpg")
    visit.page.get_by_label("Map over the photo").fill("25")
    assert broken(visit) == []
    assert visit.complaints == []


def test_a_policy_that_is_broken_would_be_seen(visit: Visit, stack: Stack) -> None:
    visit.page.goto(f"{stack.facts['base_url']}/")
    visit.page.evaluate("""() => {
        document.body.insertAdjacentHTML("beforeend", '<p style="color: red"></p><img src="https://evil.example/a.png">');
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
    }""")
    found = eventually(lambda: broken(visit) if len(broken(visit)) >= 3 else None, 5, "three reports")
    assert {line.partition(":")[0] for line in found} == {"style-src-attr", "img-src", "script-src-elem"}
    assert visit.page.evaluate("window.ran") is None


def test_the_description_of_the_interface_keeps_to_its_policy(visit: Visit, stack: Stack) -> None:
    base = stack.facts["base_url"]
    visit.page.goto(f"{base}/docs")
    visit.page.get_by_text("Submit a photo", exact=True).click()
    visit.page.get_by_role("button", name="Try it out").click()
    visit.page.get_by_role("button", name="Execute").wait_for()
    assert visit.page.locator(".opblock").count() > 40
    assert broken(visit) == []
    assert visit.complaints == []
    assert all(url.startswith((f"{base}/", "data:", "blob:")) for url in visit.asked)


@pytest.fixture
def campaign(stack: Stack, api: httpx.Client, lesion: Image.Image) -> str:
    """A finished campaign over a case or two, on the model that they were read by: nothing changes but the runs."""
    cases = [analysed(api, file_of(lesion))["id"]]
    with stack.client(stack.facts["admin_key"]) as operator:
        (model,) = [each for each in operator.get("/v1/models").json()["items"] if each["state"] == "active"]
        asked: dict[str, Any] = {"target_model": model["id"], "reprocess": "all", "selector": {"case_ids": cases}}
        plan = operator.post("/v1/reruns/plan", json=asked)
        assert plan.status_code == 201, plan.text
        rerun = plan.json()["id"]
        ready = eventually(lambda: _digest(operator.get(f"/v1/reruns/{rerun}").json()), 30, "the campaign is planned")
        started = operator.post("/v1/reruns", json={"plan_id": rerun, "digest": ready})
        assert started.status_code == 202, started.text
        eventually(lambda: operator.get(f"/v1/reruns/{rerun}").json()["state"] == "finished", 60, "it has finished")
    return str(rerun)


def _digest(told: dict[str, Any]) -> str | None:
    return None if told["state"] == "planning" else str(told["digest"])


def test_the_report_of_a_campaign_keeps_to_its_policy(visit: Visit, stack: Stack, campaign: str) -> None:
    visit.page.context.set_extra_http_headers({"Authorization": f"Bearer {stack.facts['admin_key']}"})
    base = stack.facts["base_url"]
    answer = visit.page.goto(f"{base}/v1/reruns/{campaign}/report.html")
    assert answer is not None
    assert answer.status == 200
    assert "unsafe" not in answer.headers["content-security-policy"]
    visit.page.get_by_role("heading", name=f"Re-run {campaign}").wait_for()
    notice = visit.page.locator(".notice")
    assert notice.evaluate("each => getComputedStyle(each).borderLeftWidth") == "4px", "its style sheet is in force"
    pictures = visit.page.locator(".pair img")
    assert pictures.count() > 0
    assert pictures.evaluate_all("all => all.every((each) => each.complete && each.naturalWidth > 0)")
    assert broken(visit) == []
    assert [text for text in visit.complaints if "favicon" not in text] == []
    assert [url for url in visit.asked if not url.startswith((f"{base}/v1/reruns/", "data:"))] in (
        [],
        [f"{base}/favicon.ico"],
    )
