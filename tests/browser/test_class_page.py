"""The page of a class: opened offline, it says and fetches nothing, and fits a phone."""

import random
from pathlib import Path
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from study.verify.cohort import verify_class
from tests.verify import class_of_five

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The class of five, one more with a hostile name, an archive alone, and equal pictures."""
    folder = class_of_five.write(tmp_path_factory.mktemp("class") / "five")
    hostile = folder / "<script>alert(1)<_script> <img src=x onerror=alert(2)>"
    (folder / "Emmy").rename(hostile)
    data = random.Random(5).randbytes(320 * 240 * 3)
    Image.frombytes("RGB", (320, 240), data).save(hostile / "<b>noise.png")
    packed = folder / ("packed" * 20)
    packed.mkdir()
    (packed / "work.zip").write_bytes(b"PK")
    (folder / "Blaise" / "figure-1.png").write_bytes((folder / "Carla/figure-1.png").read_bytes())
    return folder


@pytest.fixture(scope="module")
def files(folder) -> dict[str, bytes]:
    out = folder.parent / "out"
    verify_class(folder, out=out)
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_fits(shown, files, width, scheme):
    page = shown(files, page="class.html", width=width, scheme=scheme)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_defects_come_first_and_lead_to_their_findings(shown, files):
    page = shown(files, page="class.html")
    statuses = page.locator("tbody td.status").all_inner_texts()
    assert statuses == ["defects"] * 5 + ["could not be read", "ok"]
    page.click("tbody a >> text=Dmitri")
    section = page.locator("section:target")
    assert section.locator("h2").inner_text().startswith("Dmitri")
    assert "noise" in section.inner_text()
    picture = section.locator("img")
    assert picture.count() == 1
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 160


def test_names_are_text_and_links_lead_to_the_submitted_files(shown, files, folder):
    page = shown(files, page="class.html")
    assert page.locator("script").count() == 0
    assert page.locator("tbody th", has_text="<script>alert(1)").count() == 1
    links = page.locator("ul.files a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    targets = [folder.parent / "out" / unquote(link) for link in links]
    assert len(targets) > 30
    assert [target for target in targets if not target.is_file()] == []
    assert any("<b>noise.png" in str(target) for target in targets)
