"""Every screen: nothing serious against it for whoever cannot see or point, not too wide, and a picture of it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from tests.mobile.phone import RESULT_LIMIT_MS
from tests.system.stack import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Route, ViewportSize

    from tests.mobile.conftest import NewPhone
    from tests.mobile.phone import Phone

SMALL = {"width": 360, "height": 740}
TABLET = {"width": 1024, "height": 1366}

NARROW: Final[ViewportSize] = {"width": 320, "height": 640}
# The page does not scroll sideways, so that what sticks out of it, or of what holds it, would not be seen at all.
STICKING_OUT = """() => [...document.querySelectorAll("[role=main] *, [role=banner] *")]
    .filter(each => each.getClientRects().length && !each.closest("svg") && getComputedStyle(each).opacity !== "0")
    .filter(each => each.getAnimations().length === 0)
    .filter(each => {
        const [box, around] = [each.getBoundingClientRect(), each.parentElement.getBoundingClientRect()];
        return box.right > innerWidth + 1 || box.left < -1 || (box.width > around.width + 2 && around.width > 0);
    })
    .map(each => `${each.tagName} ${each.className} ${each.textContent.slice(0, 40)}`)"""


class Album:
    """Judges the page as it stands, and takes its picture."""

    def __init__(self, phone: Phone, folder: Path, name: str) -> None:
        self._phone, self._folder, self._name = phone, folder, name
        self.issues: dict[str, list[str]] = {}

    def add(self, screen: str, *, picture: bool = True) -> None:
        page = self._phone.page
        with suppress(AssertionError):  # while something loads or is laid out anew
            eventually(lambda: page.evaluate(STICKING_OUT) == [], 3, screen)
        assert page.evaluate(STICKING_OUT) == [], screen
        if found := self._phone.serious_issues():
            self.issues[screen] = found
        if picture:
            self._phone.page.screenshot(path=self._folder / f"{self._name}-{screen}.png")


def scroll_to(phone: Phone, text: str) -> None:
    phone.page.get_by_text(text, exact=True).first.evaluate("each => each.scrollIntoView({ block: 'start' })")


def connect(phone: Phone, pictures: Album) -> None:
    phone.open()
    phone.see("Connect this device")
    pictures.add("enrol")
    phone.enrol()
    phone.see("Your photos")
    pictures.add("empty")


def take(phone: Phone, pictures: Album, photo: Path) -> None:
    phone.press("New photo")
    phone.see("New photo")
    pictures.add("capture")
    phone.press("Take a photo")
    expect(phone.page.get_by_role("button", name="Take the photo")).to_be_enabled(timeout=20_000)
    pictures.add("camera")
    phone.press("Cancel")
    phone.pick(photo)
    expect(phone.page.get_by_text("Sharp and bright enough")).to_be_visible()
    pictures.add("review")
    phone.press("Use this photo")


def state(phone: Phone, pictures: Album) -> None:
    phone.see("About the photo")
    pictures.add("details")
    phone.choose("Left arm")
    scroll_to(phone, "Where on the body?")
    pictures.add("body")
    scroll_to(phone, "About the person")
    pictures.add("details-end")
    phone.state_and_send(site="Chest")


def read(phone: Phone, pictures: Album) -> None:
    phone.see("Result", RESULT_LIMIT_MS)
    expect(phone.page.get_by_role("img", name="Map of what speaks for")).to_be_visible()
    pictures.add("result")
    for text, name in (("The photo", "map"), ("Probabilities", "probabilities")):
        scroll_to(phone, text)
        pictures.add(name)


def look_back(phone: Phone, pictures: Album) -> None:
    phone.press("All photos of this spot")
    phone.see("One spot over time")
    pictures.add("lesion")
    phone.press("Back")
    phone.press("Back")
    phone.see("Your photos")
    pictures.add("history")
    phone.press("Settings")
    phone.see("Settings")
    pictures.add("settings")
    scroll_to(phone, "Your data")
    pictures.add("settings-data")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_whole_way_on_a_small_phone(new_phone: NewPhone, mole: Path, album: Path, scheme: str) -> None:
    phone = new_phone(viewport=SMALL, color_scheme=scheme)
    pictures = Album(phone, album, f"phone-{scheme}")
    connect(phone, pictures)
    take(phone, pictures, mole)
    state(phone, pictures)
    read(phone, pictures)
    look_back(phone, pictures)
    assert pictures.issues == {}
    assert phone.unexpected() == []


def test_a_tablet_in_german_with_large_letters(new_phone: NewPhone, mole: Path, album: Path) -> None:
    phone = new_phone(viewport=TABLET, device_scale_factor=1, reduced_motion="reduce")
    pictures = Album(phone, album, "tablet")
    phone.start()
    phone.result_of(mole)
    expect(phone.page.get_by_role("img", name="Map of what speaks for")).to_be_visible()
    pictures.add("result")
    phone.press("Back")
    phone.press("Settings")
    phone.choose("Deutsch")
    phone.see("Einstellungen")
    phone.press("Zurück")
    phone.see("Ihre Fotos")
    phone.page.get_by_role("link").first.click()
    phone.see("Ergebnis")
    expect(phone.page.get_by_text("Forschungsmodell, nur zur Erprobung", exact=False).first).to_be_visible()
    assert phone.page.evaluate("document.documentElement.lang") == "de"
    pictures.add("ergebnis")
    # What WCAG 1.4.10 asks for: everything is there at 320 pixels, which is what four times the size leaves of 1280.
    phone.page.set_viewport_size(NARROW)
    pictures.add("schmal")
    assert pictures.issues == {}
    assert phone.unexpected() == []


def load_slowly(phone: Phone, pictures: Album) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    phone.page.route("**/v1/cases?*", hold, times=1)
    with phone.page.expect_request("**/v1/cases?*"):
        phone.open()
    phone.see("Your photos")
    expect(phone.page.get_by_text("One moment")).to_be_visible()
    pictures.add("loading", picture=False)
    held[0].continue_()
    expect(phone.page.get_by_text("Nothing here yet.")).to_be_visible()


def wait_without_network(phone: Phone, pictures: Album, photo: Path) -> None:
    phone.press("New photo")
    phone.pick(photo)
    phone.press("Use this photo")
    phone.see("About the photo")
    phone.page.context.set_offline(offline=True)
    phone.state_and_send()
    expect(phone.page.get_by_text("There is no connection.")).to_be_visible()
    pictures.add("sending")
    phone.press("Do not send it")
    pictures.add("discard", picture=False)
    phone.press("Cancel")
    phone.page.context.set_offline(offline=False)
    phone.see("Result", RESULT_LIMIT_MS)


def compare(phone: Phone, pictures: Album, photo: Path) -> None:
    phone.press("All photos of this spot")
    phone.press("New photo of this spot")
    phone.pick(photo)
    phone.press("Use this photo")
    phone.see("About the photo")
    scroll_to(phone, "Which spot?")
    pictures.add("spots")
    phone.state_and_send()
    phone.see("Result", RESULT_LIMIT_MS)
    phone.press("All photos of this spot")
    expect(phone.page.get_by_role("img", name="Photo of")).to_have_count(2)
    pictures.add("comparison")
    phone.open()
    phone.see("Your photos")


def be_refused(phone: Phone, pictures: Album, photo: Path) -> None:
    phone.press("New photo")
    phone.pick(photo)
    expect(phone.page.get_by_text("It looks too dark")).to_be_visible()
    pictures.add("doubted")
    phone.press("Use it all the same")
    phone.state_and_send()
    phone.see("This photo cannot be assessed", RESULT_LIMIT_MS)
    pictures.add("rejected")
    phone.press("Erase this photo")
    pictures.add("erase", picture=False)
    phone.press("Erase it")
    phone.see("Erased")
    pictures.add("erased")


def test_the_side_roads(new_phone: NewPhone, mole: Path, dark_photo: Path, album: Path) -> None:
    phone = new_phone(viewport=SMALL)
    pictures = Album(phone, album, "phone-side")
    phone.open("/enrol")
    phone.press("I have a key instead")
    pictures.add("key")
    phone.start()
    load_slowly(phone, pictures)
    wait_without_network(phone, pictures, mole)
    compare(phone, pictures, mole)
    be_refused(phone, pictures, dark_photo)
    phone.open("/cases/case_00000000000000000000000000")
    expect(phone.page.get_by_role("alert")).to_be_visible()
    pictures.add("problem")
    phone.open("/nowhere")
    expect(phone.page.get_by_text("There is no such page.")).to_be_visible()
    pictures.add("nowhere")
    assert pictures.issues == {}
    assert phone.unexpected("ERR_INTERNET_DISCONNECTED", "404") == []
