"""One person with the app open in a browser, and what they do with it."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import Page, expect

from tests.system.browser import Visit
from tests.system.stack import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

AXE: Final = ROOT / "services" / "mobile" / "node_modules" / "axe-core" / "axe.min.js"
RESULT_LIMIT_MS: Final = 60_000
# Rules of WCAG 2.2, levels A and AA, and what axe calls good practice.
JUDGED: Final = """async () => {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    return found.violations
        .filter((each) => ["serious", "critical"].includes(each.impact))
        .map((each) => `${each.id}: ${each.nodes.map((node) => node.target + " " + node.failureSummary).join(" | ")}`);
}"""
SHOWN: Final = "img => img.complete && img.naturalWidth > 0"


class Phone(Visit):
    """A tab with the app; everything is found as a person would find it, by its words."""

    def __init__(self, page: Page, base_url: str, clinic: httpx.Client) -> None:
        super().__init__(page)
        self.base_url = base_url
        self.clinic = clinic
        self.subject = f"patient-{uuid.uuid4().hex[:12]}"

    def open(self, path: str = "") -> None:
        self.page.goto(f"{self.base_url}/app{path}")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def choose(self, name: str) -> None:
        self.page.get_by_role("radio", name=name, exact=True).click()

    def see(self, title: str, limit_ms: float = 15_000) -> None:
        """Wait for a page by its heading."""
        expect(self.page.get_by_role("heading", name=title, level=1, exact=True)).to_be_visible(timeout=limit_ms)

    def code(self) -> str:
        """A code as the clinic hands it to this person."""
        answer = self.clinic.post("/v1/enrolments", json={"subject_ref": self.subject})
        return str(answer.raise_for_status().json()["code"])

    def enrol(self) -> None:
        self.page.get_by_label("Code", exact=True).fill(self.code().lower())
        self.press("Connect")

    def enrol_with_key(self) -> None:
        self.press("I have a key instead")
        self.page.get_by_label("A clinic").fill(self.clinic.headers["Authorization"].removeprefix("Bearer "))
        self.press("Connect")

    def start(self) -> None:
        """Open the app and connect it."""
        self.open()
        self.see("Connect this device")
        self.enrol()
        self.see("Your photos")

    def cases(self) -> list[dict[str, Any]]:
        """What the clinic's server has of this person, newest first."""
        answer = self.clinic.get("/v1/cases", params={"subject_ref": self.subject, "limit": 100})
        return list(answer.raise_for_status().json()["items"])

    def pick(self, photo: Path) -> None:
        """Choose a photo from the gallery, as far as the look at it."""
        with self.page.expect_file_chooser() as chooser:
            self.press("Choose a photo")
        chooser.value.set_files(photo)

    def state_and_send(self, modality: str = "Yes, through a dermatoscope", site: str = "Chest") -> None:
        self.see("About the photo")
        self.choose(modality)
        self.choose(site)
        self.page.get_by_role("checkbox").click()
        self.press("Send the photo")

    def result_of(self, photo: Path) -> str:
        """From the list to the result of a photo; returns the id of its case."""
        self.press("New photo")
        self.see("New photo")
        self.pick(photo)
        self.press("Use this photo")
        self.state_and_send()
        self.see("Result", RESULT_LIMIT_MS)
        return self.case_id()

    def case_id(self) -> str:
        found = re.search(r"/app/cases/(case_\w+)$", self.page.url)
        assert found, self.page.url
        return found.group(1)

    def serious_issues(self) -> list[str]:
        """What axe has against the page as it stands."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        issues: list[str] = self.page.evaluate(JUDGED)
        return issues

    def unexpected(self, *expected: str) -> list[str]:
        """The complaints in the console, without those that a refusal by the server brings with it."""
        return [each for each in self.complaints if not any(part in each for part in expected)]
