"""How a device gets in, stays in and gets out, and what a browser knows of its tokens."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from tests.system.stack import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mobile.conftest import NewPhone
    from tests.mobile.phone import Phone
    from tests.system.stack import Stack

KEPT = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])"


def devices(phone: Phone) -> list[dict[str, str | None]]:
    return list(phone.clinic.get("/v1/devices", params={"subject_ref": phone.subject}).json()["items"])


def test_a_code_connects_for_longer_than_the_tab(phone: Phone) -> None:
    code = phone.code()
    phone.open(f"/enrol?code={code}")
    phone.press("Connect")
    phone.see("Your photos")
    [device] = devices(phone)
    assert (device["name"], device["revoked_at"]) == ("Browser", None)
    kept = phone.page.evaluate(KEPT)
    assert "ll_" not in kept, "a token within reach of scripts"
    [cookie] = phone.page.context.cookies(f"{phone.base_url}/v1/devices/refresh")
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("ll_refresh", True, "Strict")
    phone.page.reload()
    phone.see("Your photos")
    assert len(devices(phone)) == 1
    assert phone.unexpected() == []


def test_a_code_counts_once(phone: Phone, new_phone: NewPhone) -> None:
    code = phone.code()
    for tab, heading in ((phone, "Your photos"), (new_phone(), "Connect this device")):
        tab.open("/enrol")
        tab.page.get_by_label("Code", exact=True).fill(code)
        tab.press("Connect")
        if tab is not phone:
            expect(tab.page.get_by_role("alert")).to_contain_text("Codes count once")
        tab.see(heading)


def test_tokens_that_ran_out_are_renewed_unseen(phone: Phone) -> None:
    phone.start()
    phone.page.route(
        "**/v1/cases?*", lambda route: route.fulfill(status=401, json={"code": "unauthenticated"}), times=1
    )
    with phone.page.expect_response("**/v1/devices/refresh") as renewed:
        phone.press("Settings")
        phone.press("Back")
    assert renewed.value.ok
    phone.see("Your photos")
    expect(phone.page.get_by_text("Nothing here yet.")).to_be_visible()
    assert phone.unexpected("401") == []


def test_a_server_that_does_not_answer_at_first_ends_no_session(phone: Phone) -> None:
    phone.start()
    phone.page.route("**/v1/devices/refresh", lambda route: route.abort(), times=1)
    phone.page.reload()
    expect(phone.page.get_by_text("The server does not answer.")).to_be_visible()
    phone.see("Your photos")
    assert phone.unexpected("ERR_FAILED") == []


def test_a_clinic_signs_a_device_out(phone: Phone) -> None:
    phone.start()
    [device] = devices(phone)
    phone.clinic.post(f"/v1/devices/{device['device_id']}/revoke").raise_for_status()
    phone.page.reload()
    phone.see("Connect this device")
    expect(phone.page.get_by_role("alert")).to_contain_text("no longer connected")
    assert phone.unexpected("401", "409") == []


def test_a_device_disconnects(phone: Phone) -> None:
    phone.start()
    phone.press("Settings")
    phone.press("Disconnect this device")
    phone.press("Disconnect")
    phone.see("Connect this device")
    eventually(lambda: devices(phone)[0]["revoked_at"], 5, "the server knows")
    assert phone.page.context.cookies(f"{phone.base_url}/v1/devices/refresh") == []
    phone.page.reload()
    phone.see("Connect this device")
    assert phone.unexpected() == []


def test_a_person_takes_everything_along_and_has_it_erased(phone: Phone, mole: Path, tmp_path: Path) -> None:
    phone.start()
    case_id = phone.result_of(mole)
    phone.press("Back")
    phone.press("Settings")
    with phone.page.expect_download() as download:
        phone.press("Save a copy of my data")
    download.value.save_as(tmp_path / "copy.zip")
    with zipfile.ZipFile(tmp_path / "copy.zip") as copy:
        assert copy.testzip() is None
        assert any(case_id in name for name in copy.namelist())
        assert "subject.json" in copy.namelist()
        assert any(copy.read(name)[:3] == b"\xff\xd8\xff" for name in copy.namelist() if case_id in name)
    phone.press("Erase my data")
    expect(phone.page.get_by_text("This cannot be taken back.", exact=False)).to_be_visible()
    phone.press("Erase everything")
    phone.see("Connect this device")
    expect(phone.page.get_by_text("Your photos and results were erased", exact=False)).to_be_visible()
    assert phone.cases() == []
    assert devices(phone) == []
    assert phone.clinic.get(f"/v1/cases/{case_id}").json()["code"] == "case_erased"
    assert phone.unexpected() == []


def test_a_key_is_for_the_tab_alone(phone: Phone, stack: Stack) -> None:
    phone.open()
    phone.enrol_with_key()
    phone.see("Your photos")
    assert stack.facts["clinic_key"] not in phone.page.evaluate(KEPT)
    phone.page.reload()
    phone.see("Connect this device")


@pytest.mark.parametrize("key", ["ll_wrong", "wrong"])
def test_a_key_that_is_none(phone: Phone, key: str) -> None:
    phone.open()
    phone.press("I have a key instead")
    phone.page.get_by_label("A clinic").fill(key)
    phone.press("Connect")
    expect(phone.page.get_by_role("alert").first).to_be_visible()
    phone.see("Connect this device")
    assert phone.unexpected("401") == []


def test_a_link_to_a_case_leads_there_after_connecting(phone: Phone, new_phone: NewPhone, mole: Path) -> None:
    phone.start()
    case_id = phone.result_of(mole)
    other = new_phone()
    other.subject = phone.subject
    other.open(f"/cases/{case_id}")
    other.see("Connect this device")
    other.enrol()
    other.see("Result")
    assert other.case_id() == case_id
    other.press("Back")
    other.see("Your photos")
    assert other.unexpected() == []


def test_another_persons_case_is_not_there(phone: Phone, new_phone: NewPhone, mole: Path) -> None:
    phone.start()
    case_id = phone.result_of(mole)
    other = new_phone()
    other.start()
    other.open(f"/cases/{case_id}")
    expect(other.page.get_by_role("alert")).to_contain_text("The server has no such thing")
    assert other.unexpected("404") == []


def test_the_rules_of_the_page(stack: Stack, new_phone: NewPhone) -> None:
    base = stack.facts["base_url"]
    page = httpx.get(f"{base}/app/cases/anything")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "<style" not in page.text
    assert httpx.get(f"{base}/app/_expo/none.js").status_code == 404
    phone = new_phone(locale="de-DE")
    phone.open("/nowhere/at/all")
    expect(phone.page.get_by_text("Diese Seite gibt es nicht.")).to_be_visible()
    assert phone.page.evaluate("document.documentElement.lang") == "de"
    assert phone.unexpected() == []
