"""From a photo to a result and back: what a person does with the app, on the real model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.mobile.phone import RESULT_LIMIT_MS, SHOWN
from tests.system.heic import encode
from tests.system.pictures import draw_lesion

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mobile.phone import Phone
    from tests.mobile.store_front import StoreFront


def test_from_a_photo_to_its_map(phone: Phone, store: StoreFront, mole: Path) -> None:
    phone.start()
    forms = len(store.sizes)
    case_id = phone.result_of(mole)
    page = phone.page
    case = phone.clinic.get(f"/v1/cases/{case_id}").json()
    assert case["subject_ref"] == phone.subject
    [consent] = phone.clinic.get(f"/v1/subjects/{phone.subject}/consents").json()["items"]
    assert (consent["purpose"], consent["text_version"]) == ("screening", "app-1")
    assert len(store.sizes) == forms + 1, "straight to the store"
    assert store.sizes[-1] > mole.stat().st_size
    result = case["result"]
    assert (case["modality"], case["body_site"]) == ("dermoscopy", "chest")
    assert case["lesion_ref"].startswith("spot-")
    expect(page.get_by_text(result["notice"])).to_be_visible()
    expect(page.get_by_text(result["explanation"]["sentence"])).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(7)
    expect(page.get_by_text(f"{result['model']['name']}, version {result['model']['version'][:12]}")).to_be_visible()
    photo, layer = page.get_by_role("img", name="The photo"), page.get_by_role("img", name="Map of what speaks for")
    expect(layer).to_be_visible()
    assert photo.bounding_box() == layer.bounding_box()
    assert photo.evaluate(SHOWN)
    assert all(url.startswith((f"{phone.base_url}/", f"{store.endpoint}/", "blob:")) for url in phone.asked)
    assert phone.unexpected() == []


def test_the_map_is_faded_taken_off_and_changed(phone: Phone, mole: Path) -> None:
    phone.start()
    phone.result_of(mole)
    page, layer = phone.page, phone.page.get_by_test_id("layer")
    slider = page.get_by_role("slider", name="How strongly the map shows")
    slider.fill("0.25")
    assert layer.evaluate("view => getComputedStyle(view).opacity") == "0.25"
    slider.press("ArrowRight")
    assert layer.evaluate("view => getComputedStyle(view).opacity") == "0.3"
    switch = page.get_by_role("switch", name="Show the map over the photo")
    switch.click()
    assert layer.evaluate("view => getComputedStyle(view).opacity") == "0"
    expect(slider).not_to_be_visible()
    switch.click()
    shown = page.get_by_role("img", name="Map of what speaks for")
    before = shown.get_attribute("src")
    with page.expect_response(lambda answer: "/layer?class=vasc" in answer.url) as fetched:
        phone.choose("Vascular lesion")
    assert fetched.value.ok
    expect(page.get_by_role("img", name="Map of what speaks for: Vascular lesion")).to_be_visible()
    assert shown.get_attribute("src") != before
    assert phone.unexpected() == []


def test_a_store_out_of_reach_is_gone_round(phone: Phone, store: StoreFront, mole: Path) -> None:
    phone.start()
    forms = len(store.sizes)
    phone.page.route(f"{store.endpoint}/**", lambda route: route.abort())
    phone.result_of(mole)
    assert len(phone.cases()) == 1
    assert len(store.sizes) == forms
    assert phone.unexpected("ERR_FAILED") == []


def test_a_photo_as_iphones_store_it(phone: Phone, drawings: Path, tmp_path: Path) -> None:
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(encode(draw_lesion(drawings)))
    phone.start()
    phone.press("New photo")
    phone.pick(path)
    expect(phone.page.get_by_text("The phone cannot look at this file; the server will.")).to_be_visible()
    phone.press("Use this photo")
    phone.state_and_send()
    phone.see("Result", RESULT_LIMIT_MS)
    expect(phone.page.get_by_role("img", name="The photo")).to_be_visible()
    assert phone.unexpected() == []


def test_a_kind_of_photo_that_the_model_was_not_tested_on(phone: Phone, mole: Path) -> None:
    phone.start()
    phone.press("New photo")
    phone.pick(mole)
    phone.press("Use this photo")
    phone.state_and_send(modality="No, with the camera alone")
    phone.see("Result", RESULT_LIMIT_MS)
    page = phone.page
    expect(page.get_by_role("heading", name="A clinician needs to look")).to_be_visible()
    expect(page.get_by_text("For this kind of photo the model gives no probabilities.")).to_be_visible()
    expect(page.get_by_role("img", name="Map of what speaks for")).to_be_visible()
    assert page.get_by_role("radio").count() == 0, "one map alone"
    assert phone.unexpected() == []


def test_a_photo_from_the_camera(phone: Phone) -> None:
    phone.start()
    phone.press("New photo")
    phone.press("Take a photo")
    expect(phone.page.get_by_role("button", name="Take the photo")).to_be_enabled(timeout=20_000)
    phone.press("Take the photo")
    phone.press("Use this photo")
    phone.state_and_send()
    phone.see("Result", RESULT_LIMIT_MS)
    case = phone.clinic.get(f"/v1/cases/{phone.case_id()}").json()
    photo = phone.clinic.get(f"/v1/cases/{case['id']}/image")
    assert case["captured_at"] is not None
    assert photo.headers["Content-Type"] == "image/jpeg"
    assert min(case["image"]["width"], case["image"]["height"]) >= 240
    assert phone.unexpected() == []


def test_a_dark_photo_is_doubted_before_and_rejected_after(phone: Phone, dark_photo: Path) -> None:
    phone.start()
    phone.press("New photo")
    phone.pick(dark_photo)
    expect(phone.page.get_by_text("It looks too dark")).to_be_visible()
    phone.press("Use it all the same")
    phone.state_and_send()
    phone.see("This photo cannot be assessed", RESULT_LIMIT_MS)
    expect(phone.page.get_by_text("The photo is too dark to be assessed")).to_be_visible()
    assert phone.page.get_by_text("%").count() == 0, "no number for a photo that was refused"
    phone.press("Take a new photo")
    phone.see("New photo")
    assert phone.unexpected() == []


def test_a_file_that_is_no_photo_is_not_sent(phone: Phone, tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_bytes(b"Dear Sir or Madam, " * 20)
    phone.start()
    phone.press("New photo")
    phone.pick(tmp_path / "letter.jpg")
    expect(phone.page.get_by_role("alert")).to_contain_text("not a JPEG, PNG, WebP or HEIC")


def test_a_spot_over_time(phone: Phone, mole: Path) -> None:
    phone.start()
    phone.result_of(mole)
    phone.press("All photos of this spot")
    phone.see("One spot over time")
    expect(phone.page.get_by_text("With a second photo")).to_be_visible()
    phone.press("New photo of this spot")
    phone.pick(mole)
    phone.press("Use this photo")
    phone.state_and_send()
    phone.see("Result", RESULT_LIMIT_MS)
    phone.press("All photos of this spot")
    expect(phone.page.get_by_role("heading", name="Side by side")).to_be_visible()
    pictures = phone.page.get_by_role("img", name="Photo of")
    expect(pictures).to_have_count(2)
    expect(phone.page.get_by_role("listitem")).to_have_count(2)
    assert len({case["lesion_ref"] for case in phone.cases()}) == 1
    assert phone.unexpected() == []


def test_an_erased_case(phone: Phone, mole: Path) -> None:
    phone.start()
    case_id = phone.result_of(mole)
    phone.press("Erase this photo")
    expect(phone.page.get_by_text("Erase this photo and its result for good?")).to_be_visible()
    phone.press("Erase it")
    phone.see("Erased")
    assert phone.clinic.get(f"/v1/cases/{case_id}").json()["code"] == "case_erased"
    phone.press("Back")
    phone.see("Your photos")
    expect(phone.page.get_by_text("Nothing here yet.")).to_be_visible()
    assert phone.unexpected() == []
