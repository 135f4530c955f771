"""Chromium without a window, in which a page may neither say nor fetch anything."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

Opened = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, or that of ``STUDY_CHROMIUM``."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("STUDY_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert path, "expected Chromium: apt-get install chromium, or set STUDY_CHROMIUM to its path"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def shown(chromium: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Return a function that writes a browser's files and opens its page at a fragment."""
    said: list[str] = []
    contexts = []

    def opened(
        files: Mapping[str, bytes],
        fragment: str = "",
        *,
        page: str = "units.html",
        width: int = 1400,
        scheme: str = "light",
    ) -> Page:
        for name, data in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
        context = chromium.new_context(
            viewport={"width": width, "height": 850}, color_scheme=scheme, accept_downloads=True
        )
        contexts.append(context)
        sheet = context.new_page()
        sheet.on("console", lambda message: said.append(f"console: {message.text}"))
        sheet.on("pageerror", lambda error: said.append(f"error: {error}"))
        sheet.on(
            "dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        sheet.on("request", lambda request: said.append(request.url) if outside(request.url) else 0)
        sheet.goto(f"{(tmp_path / page).as_uri()}{fragment}")
        sheet.wait_for_selector("#count")
        return sheet

    def outside(url: str) -> bool:
        return not url.startswith((tmp_path.as_uri(), "data:", "blob:"))

    opened.said = said  # for a test that expects something
    yield opened
    for context in contexts:
        context.close()
    assert said == []
