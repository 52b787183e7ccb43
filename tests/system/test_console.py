"""The operator's console in a real browser, against the whole product: each page, each thing that it can change."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.sync_api import expect

from tests.system.browser import Visit, chromium
from tests.system.pictures import file_of
from tests.system.stack import ROOT, Stack, accepted, analysed, finished
from tests.system.test_policies import LISTEN, broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from PIL import Image
    from playwright.sync_api import Browser, Page

MODEL: Final = ROOT / "models" / "lesionlens-dermoscopy"
OPENED: Final = "img => img.complete && img.naturalWidth > 0"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def visit(browser: Browser, stack: Stack) -> Iterator[Visit]:
    """An operator who is signed in, and has answered yes to every question."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(LISTEN)
    visit = Visit(context.new_page())
    visit.page.on("dialog", lambda dialog: dialog.accept())
    sign_in(visit.page, stack)
    yield visit
    assert broken(visit) == []
    assert visit.complaints == []
    assert all(url.startswith(f"{stack.facts['base_url']}/") for url in visit.asked), "nothing comes from elsewhere"
    context.close()


def sign_in(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.facts['base_url']}/console")
    page.get_by_label("Key of an operator").fill(stack.facts["admin_key"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Now")).to_be_visible()


def go(visit: Visit, name: str) -> None:
    visit.page.get_by_role("navigation", name="Console").get_by_role("link", name=name).click()


def fact(visit: Visit, name: str) -> str:
    """Return what stands beside a name in one of the tables of facts."""
    row = visit.page.locator("table.facts tr", has=visit.page.get_by_role("rowheader", name=name, exact=True))
    return row.first.locator("td").inner_text()


@pytest.fixture(scope="module")
def case(stack: Stack, lesion: Image.Image) -> dict[str, Any]:
    with stack.client() as api:
        return analysed(api, file_of(lesion), subject_ref="anna")


@pytest.fixture(scope="module")
def other(stack: Stack, case: dict[str, Any]) -> str:
    """The shipped model with bounds by which the case is decided otherwise, registered as a candidate: its id."""
    manifest = json.loads((MODEL / "manifest.json").read_text())
    found = case["result"]["malignancy"]
    to_no_refer = {"refer": 0.9999, "no_refer": 0.9998}
    to_refer = {"refer": found / 2, "no_refer": found / 3}
    manifest["thresholds"] |= to_no_refer if case["result"]["decision"] == "refer" else to_refer
    with stack.client(stack.facts["admin_key"]) as operator:
        files = {"manifest": json.dumps(manifest).encode(), "weights": (MODEL / "model.safetensors").read_bytes()}
        answer = operator.post("/v1/models", files=files)
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["id"])


def test_what_happens_now_stays_up_to_date(visit: Visit, api: httpx.Client, lesion: Image.Image) -> None:
    page = visit.page
    expect(page.locator(".tile", has_text="workers look for work").locator("b")).to_have_text("1", timeout=40_000)
    analysed(api, file_of(lesion))
    live = page.locator("tr", has=page.get_by_role("rowheader", name="live", exact=True))
    expect(live.locator("td").nth(3)).not_to_have_text("0", timeout=15_000)
    whole = page.locator("tr", has=page.get_by_role("rowheader", name="whole", exact=True))
    expect(whole.locator("td").first).to_have_text(re.compile(r"\d+ ms|\d+\.\d s"))


def test_a_clinics_cases_and_one_with_its_maps(visit: Visit, case: dict[str, Any]) -> None:
    page = visit.page
    go(visit, "Clinics")
    page.get_by_role("link", name="cases").last.click()
    thumbnail = page.get_by_alt_text(f"Photo of {case['id']}")
    thumbnail.scroll_into_view_if_needed()
    expect(thumbnail).to_have_js_property("complete", value=True)
    assert thumbnail.evaluate(OPENED)
    page.get_by_label("subject ref").fill("anna")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".gallery li")).to_have_count(1)
    thumbnail.click()
    expect(page.get_by_role("heading", name=case["id"])).to_be_visible()
    layer = page.locator("[data-layer]")
    expect(layer).to_have_js_property("complete", value=True)
    assert layer.evaluate(OPENED)
    assert page.get_by_alt_text("Photo", exact=True).bounding_box() == layer.bounding_box()
    page.get_by_label("Map over the photo").fill("25")
    assert layer.evaluate("img => img.style.opacity") == "0.25"
    before = layer.get_attribute("src")
    page.get_by_label("Map of").select_option("vasc" if case["result"]["label"] != "vasc" else "df")
    expect(layer).not_to_have_attribute("src", str(before))
    expect(page.locator("figure")).to_contain_text(case["result"]["notice"])
    assert case["result"]["model"]["version"][:12] in page.locator("figure caption").inner_text()


def test_a_campaign_from_its_plan_to_taking_it_back(
    visit: Visit, api: httpx.Client, case: dict[str, Any], other: str
) -> None:
    page = visit.page
    go(visit, "Campaigns")
    page.get_by_label("Run on").select_option(other)
    page.get_by_label("Only so many of them").fill("50")
    page.get_by_role("button", name="Plan").click()
    expect(page.locator("main")).to_contain_text("planned")
    assert int(fact(visit, "planned")) >= 1
    page.get_by_role("button", name="Start it").click()
    expect(page.locator(".state", has_text="finished")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page.get_by_role("heading", name="Decisions")).to_be_visible()
    page.go_back()
    page.get_by_label("Most changed decisions").last.fill("0")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("decisions would change")
    visit.complaints.clear()  # the browser says of a refusal that it was one
    page.go_back()
    page.get_by_label("Most changed decisions").last.fill("1")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("table", has_text="Published")).to_contain_text("promoted")
    assert api.get(f"/v1/cases/{case['id']}").json()["result"]["decision"] != case["result"]["decision"]
    both_runs_side_by_side(visit, case)
    page.go_back()
    page.get_by_role("button", name="Take back").click()
    expect(page.locator("table", has_text="Published")).to_contain_text("rolled back")
    back = api.get(f"/v1/cases/{case['id']}").json()["result"]
    assert back["run_id"] == case["result"]["run_id"]


def both_runs_side_by_side(visit: Visit, case: dict[str, Any]) -> None:
    page = visit.page
    page.get_by_role("textbox", name="Case").fill(case["id"])
    page.get_by_role("button", name="Find").click()
    expect(page.locator("figure")).to_have_count(2)
    for layer in page.locator("[data-layer]").all():
        expect(layer).to_have_js_property("complete", value=True)
        assert layer.evaluate(OPENED)
    versions = {page.locator("figure caption").nth(index).locator("code").inner_text() for index in (0, 1)}
    assert len(versions) == 2


def test_a_case_that_failed_is_seen_and_run_again(
    visit: Visit, stack: Stack, api: httpx.Client, lesion: Image.Image
) -> None:
    page = visit.page
    torn = finished(api, accepted(api, file_of(lesion)[:20_000], modality="dermoscopy"))
    assert torn["state"] == "failed"
    go(visit, "Troubles")
    row = page.locator("tr", has_text=torn["id"])
    expect(row).to_contain_text("put aside")
    expect(row.get_by_role("button")).to_have_count(0)
    page.goto(f"{stack.facts['base_url']}/console/find?case={torn['id']}")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("not stored")
    visit.complaints.clear()  # the browser says of a refusal that it was one


def test_a_clinic_its_keys_and_a_webhook(visit: Visit, stack: Stack) -> None:
    page = visit.page
    go(visit, "Clinics")
    page.get_by_label("Name").fill("Harbour <b>Practice</b>")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Harbour <b>Practice</b>")).to_be_visible()
    page.get_by_label("Days after which a case").fill("365")
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_label("Days after which a case")).to_have_value("365")
    page.get_by_role("button", name="Create").click()
    key = page.locator(".secret").input_value()
    with stack.client(key) as clinic:
        assert clinic.get("/v1/cases").json()["items"] == []
    page.get_by_role("link", name="I have it").click()
    assert key not in page.content()
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("table")).to_contain_text("revoked")
    page.get_by_role("link", name="webhooks").click()
    page.get_by_label("URL").fill("https://receiver.example/hook")
    page.get_by_role("button", name="Create").click()
    assert page.locator(".secret").input_value().startswith("whsec_")
    page.get_by_role("link", name="I have it").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("table", has_text="delivery")).to_contain_text("endpoint.test")
    page.locator("a", has_text="dlv_").click()
    expect(page.get_by_role("heading", name="dlv_")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("button", name="Enable")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Webhooks of")).to_be_visible()
    expect(page.locator("table")).to_contain_text("None.")


def test_a_model_is_activated_and_rolled_back(visit: Visit, stack: Stack, other: str) -> None:
    page = visit.page
    with stack.client(stack.facts["admin_key"]) as operator:
        before = operator.get(f"/v1/models/{other}").json()["active_model_id"]
        page.goto(f"{stack.facts['base_url']}/console/models/{other}")
        page.get_by_role("button", name="Activate").click()
        expect(page.locator("h1 .state")).to_have_text("active")
        assert operator.get(f"/v1/models/{before}").json()["active_model_id"] == other
        page.goto(f"{stack.facts['base_url']}/console/models/{before}")
        page.get_by_role("button", name="Roll back to it").click()
        expect(page.locator("h1 .state")).to_have_text("active")
        assert operator.get(f"/v1/models/{before}").json()["active_model_id"] == before
    go(visit, "Models")
    expect(page.locator("tbody tr")).to_have_count(2)


def test_the_audit_and_the_access_log(visit: Visit, case: dict[str, Any]) -> None:
    page = visit.page
    page.get_by_role("textbox", name="Case").fill(case["id"])
    page.get_by_role("button", name="Find").click()
    go(visit, "Audit")
    expect(page.locator("main")).to_contain_text("Nothing that must not be")
    go(visit, "Access log")
    page.get_by_label("case", exact=True).fill(case["id"])
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr", has_text="artifact read").first).to_contain_text("operator key")


def test_who_signs_out_is_out_and_sees_nothing_more(visit: Visit, stack: Stack) -> None:
    page = visit.page
    cookie = next(each for each in page.context.cookies() if each["name"] == "ll_console")
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Key of an operator")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_label("Key of an operator")).to_be_visible()
    copy: Any = {"name": cookie["name"], "value": cookie["value"], "url": f"{stack.facts['base_url']}/console"}
    page.context.add_cookies([copy])
    page.goto(f"{stack.facts['base_url']}/console/audit")
    expect(page.get_by_label("Key of an operator")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_narrow_screen_and_names_what_it_asks_for(
    browser: Browser, stack: Stack, case: dict[str, Any], scheme: Any
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme)
    visit = Visit(context.new_page())
    sign_in(visit.page, stack)
    paths = ["", "/troubles", "/clinics", "/campaigns", "/models", "/audit", "/access-log", f"/find?case={case['id']}"]
    for path in paths:
        visit.page.goto(f"{stack.facts['base_url']}/console{path}")
        assert not visit.is_too_wide(), path
        nameless = visit.page.locator("input:visible, select:visible").evaluate_all(
            "fields => fields.filter((each) => !each.labels?.length && !each.ariaLabel).map((each) => each.outerHTML)"
        )
        assert nameless == [], path
    context.close()
