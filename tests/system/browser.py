"""A real Chromium, without a window and without a way to its makers' servers."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from playwright.sync_api import Page, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET: Final = ("--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync")
MISSING: Final = (
    "no Chromium on this machine, and none could be fetched: on Debian `apt-get install chromium`; "
    "LESIONLENS_NO_BROWSER=1 leaves the tests of the page out"
)


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """A browser, with more arguments if any are named."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    unboxed = ["--no-sandbox"] if os.geteuid() == 0 else []  # the sandbox does not start under root
    with sync_playwright() as driver:
        path = path or driver.chromium.executable_path
        assert os.access(path, os.X_OK), MISSING
        browser = driver.chromium.launch(executable_path=path, args=[*QUIET, *unboxed, *more])
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """One newcomer with one tab: what the page asked for, and every word of complaint in its console."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def submit(self, photo: Path, modality: str = "through a dermatoscope") -> None:
        """Choose a photo and wait until its result is on the page."""
        self.page.get_by_label(modality).check()
        self.page.get_by_label("Drop a photo here").set_input_files(photo)
        self.page.get_by_role("heading", name="Result").wait_for(timeout=60_000)

    def is_too_wide(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
