"""The page at `/` in a real browser, as a newcomer uses it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.system.browser import Visit, chromium
from tests.system.pictures import file_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image
    from playwright.sync_api import Browser

    from tests.system.stack import Stack

OPENED = "img => img.complete && img.naturalWidth > 0"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def mole(tmp_path: Path, lesion: Image.Image) -> Path:
    (tmp_path / "mole.jpg").write_bytes(file_of(lesion))
    return tmp_path / "mole.jpg"


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    yield Visit(context.new_page())
    context.close()


def opened(visit: Visit, stack: Stack) -> str:
    """Open the page as the address that `make run` prints does, and return the base URL."""
    base: str = stack.facts["base_url"]
    visit.page.goto(f"{base}/#key={stack.facts['clinic_key']}")
    return base


def test_from_a_photo_to_its_map(visit: Visit, stack: Stack, mole: Path) -> None:
    base, page = opened(visit, stack), visit.page
    assert page.url == f"{base}/", "the key is out of the address at once"
    visit.submit(mole)
    with stack.client() as api:
        newest = api.get("/v1/cases", params={"limit": 1}).json()["items"][0]
        case = api.get(f"/v1/cases/{newest['id']}").json()
    expect(page.locator("#notice")).to_have_text(case["result"]["notice"])
    expect(page.locator("#sentence")).to_have_text(case["result"]["explanation"]["sentence"])
    expect(page.locator("#probabilities tr")).to_have_count(7)
    assert page.get_by_label("What speaks for").input_value() == case["result"]["explanation"]["target_class"]
    photo, layer = page.get_by_alt_text("The submitted photo"), page.locator("#layer")
    for picture in (photo, layer):
        assert picture.evaluate(OPENED)
    assert photo.bounding_box() == layer.bounding_box()
    page.get_by_label("Map over the photo").fill("25")
    assert layer.evaluate("img => img.style.opacity") == "0.25"
    before = layer.get_attribute("src")
    other = "vasc" if case["result"]["label"] != "vasc" else "df"
    page.get_by_label("What speaks for").select_option(other)
    expect(layer).not_to_have_attribute("src", str(before))
    assert "linear-gradient" in page.locator(".scale").evaluate("bar => getComputedStyle(bar).backgroundImage")
    assert all(url.startswith((f"{base}/", "blob:")) for url in visit.asked)
    assert not any(stack.facts["clinic_key"] in url for url in visit.asked[1:])
    assert visit.complaints == []
    page.get_by_role("button", name="Another photo").click()
    expect(page.get_by_text("Drop a photo here")).to_be_visible()


def test_a_photo_that_is_dropped(visit: Visit, stack: Stack, mole: Path) -> None:
    opened(visit, stack)
    content = base64.b64encode(mole.read_bytes()).decode()
    make = """data => {
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], "dropped.jpg", { type: "image/jpeg" }));
        return transfer;
    }"""
    transfer = visit.page.evaluate_handle(make, content)
    visit.page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})
    visit.page.get_by_role("heading", name="Result").wait_for(timeout=60_000)
    assert visit.complaints == []


def test_the_key_stays_in_its_tab(visit: Visit, stack: Stack) -> None:
    key = stack.facts["clinic_key"]
    page = visit.page
    page.goto(f"{stack.facts['base_url']}/")
    page.get_by_label("A clinic's key").fill(key)
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("Drop a photo here")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Drop a photo here")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('key')") == key
    assert page.evaluate("localStorage.length") == 0
    assert page.context.cookies() == []
    assert key not in page.content()
    page.get_by_role("button", name="Use another key").click()
    expect(page.get_by_label("A clinic's key")).to_be_focused()
    assert page.evaluate("sessionStorage.length") == 0
    assert visit.complaints == []


def test_what_goes_wrong_is_said_in_words(visit: Visit, stack: Stack, mole: Path, tmp_path: Path) -> None:
    opened(visit, stack)
    page = visit.page
    (tmp_path / "letter.jpg").write_bytes(b"Dear Sir or Madam, " * 20)
    page.get_by_label("Drop a photo here").set_input_files(tmp_path / "letter.jpg")
    expect(page.get_by_role("alert")).to_be_visible()
    (tmp_path / "torn.jpg").write_bytes(mole.read_bytes()[:20000])
    page.get_by_role("button", name="Another photo").click()
    page.get_by_label("Drop a photo here").set_input_files(tmp_path / "torn.jpg")
    expect(page.get_by_role("alert")).to_contain_text("There is no result", timeout=30_000)
    page.goto(f"{stack.facts['base_url']}/#key=ll_wrong")
    page.get_by_label("Drop a photo here").set_input_files(mole)
    expect(page.get_by_role("alert")).to_contain_text("does not know this key")
    expect(page.get_by_label("A clinic's key")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_phone_in_light_and_dark(browser: Browser, stack: Stack, mole: Path, scheme: str) -> None:
    dark = scheme == "dark"
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, color_scheme="dark" if dark else "light", has_touch=True
    )
    visit = Visit(context.new_page())
    opened(visit, stack)
    assert not visit.is_too_wide()
    visit.submit(mole)
    assert not visit.is_too_wide()
    paper = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(23, 22, 26)" if dark else "rgb(250, 249, 247)")
    assert visit.complaints == []
    context.close()


def test_by_keyboard_and_by_ear(visit: Visit, stack: Stack, mole: Path) -> None:
    opened(visit, stack)
    page = visit.page
    visit.submit(mole)
    expect(page.get_by_role("heading", name="Result")).to_be_focused()
    expect(page.locator("#status")).to_have_text("Done.")
    nameless = page.evaluate(
        "[...document.querySelectorAll('input, select, button')].filter((each) => "
        "!each.labels?.length && !each.textContent.trim()).map((each) => each.outerHTML)"
    )
    assert nameless == []
    page.get_by_label("Map over the photo").focus()
    page.keyboard.press("ArrowLeft")
    assert page.get_by_label("Map over the photo").input_value() == "65"
    assert page.locator("img:not([alt])").count() == 0
    assert page.locator("html").get_attribute("lang") == "en"


def test_the_files_of_the_page_and_their_policy(stack: Stack) -> None:
    with stack.client("") as client:
        page = client.get("/")
        policy = page.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert " style=" not in page.text
        assert "<script>" not in page.text
        for name, kind in (("page.js", "text/javascript"), ("page.css", "text/css"), ("legend.css", "text/css")):
            part = client.get(f"/page/{name}")
            assert (part.status_code, part.headers["Content-Type"].partition(";")[0]) == (200, kind)
        for name in ("page.html", "endpoints.py", "..%2fmain.py", "%2e%2e"):
            assert client.get(f"/page/{name}").status_code == 404, name
    assert f"{stack.facts['base_url']}/#key=" in stack.log.read_text()
