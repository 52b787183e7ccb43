"""A photo that cannot be sent is kept, over a restart of the app too, and sent when that is possible again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.mobile.phone import RESULT_LIMIT_MS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mobile.phone import Phone

KEPT = """() => new Promise((done) => {
    const opening = indexedDB.open("lesionlens");
    opening.onsuccess = () => {
        const all = opening.result.transaction("outbox").objectStore("outbox").getAll();
        all.onsuccess = () => done(all.result.map((row) => [row.key, row.photo.size]));
    };
})"""


def test_offline_then_online(phone: Phone, mole: Path) -> None:
    phone.start()
    phone.press("New photo")
    phone.pick(mole)
    phone.press("Use this photo")
    phone.page.context.set_offline(True)
    phone.state_and_send()
    expect(phone.page.get_by_text("There is no connection.")).to_be_visible()
    assert len(phone.page.evaluate(KEPT)) == 1
    phone.page.context.set_offline(False)
    phone.see("Result", RESULT_LIMIT_MS)
    assert len(phone.cases()) == 1
    assert phone.page.evaluate(KEPT) == []
    assert phone.unexpected("ERR_INTERNET_DISCONNECTED") == []


def test_a_photo_outlives_the_app(phone: Phone, mole: Path) -> None:
    phone.start()
    phone.press("New photo")
    phone.pick(mole)
    phone.press("Use this photo")
    phone.page.route("**/v1/cases", lambda route: route.abort())
    phone.state_and_send()
    expect(phone.page.get_by_text("The server does not answer.")).to_be_visible()
    [[key, size]] = phone.page.evaluate(KEPT)
    assert size == mole.stat().st_size
    phone.page.reload()
    phone.see("Sending")
    phone.open()
    phone.see("Your photos")
    expect(phone.page.get_by_text("Not sent yet")).to_be_visible()
    assert phone.page.evaluate(KEPT) == [[key, size]]
    phone.page.unroute("**/v1/cases")
    phone.page.get_by_role("heading", name="Not sent yet").locator("xpath=..").get_by_role("button").click()
    phone.press("Send now")
    phone.see("Result", RESULT_LIMIT_MS)
    assert len(phone.cases()) == 1
    assert phone.page.evaluate(KEPT) == []


def test_an_answer_that_is_lost_makes_no_second_case(phone: Phone, mole: Path) -> None:
    phone.start()
    phone.press("New photo")
    phone.pick(mole)
    phone.press("Use this photo")
    lost: list[int] = []

    def lose(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]
        lost.append(answer.status)
        route.abort()  # type: ignore[attr-defined]

    phone.page.route("**/v1/cases", lose, times=1)
    phone.state_and_send()
    phone.see("Result", RESULT_LIMIT_MS)
    assert lost == [202]
    assert len(phone.cases()) == 1
