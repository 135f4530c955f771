"""What a reader does in the browser of units, with the mouse, the keys, or a link."""

import csv
import io
import os
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe

from study.report.browser.units_page import browser_files
from tests.browser.samples import HOSTILE, made_up, published

SHARED = Path(os.environ.get("STUDY_SHARED", "../shared"))
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def real():
    return published(SHARED)


@pytest.fixture(scope="module")
def pages(real):
    return browser_files(real)


def tables(real) -> list[tuple[str, str, int, str]]:
    """Return the rows that the page should have: network, layer, unit, label."""
    words = real.document["words"]
    return [
        (network["name"], layer["name"], unit, words[label])
        for network in real.document["networks"]
        for layer in network["layers"]
        for unit, label in zip(layer["units"], layer["labels"], strict=True)
    ]


def saved_rows(download) -> list[dict[str, str]]:
    data = Path(download.path()).read_bytes().decode()
    return list(csv.DictReader(io.StringIO(data, newline="")))


def address(page) -> str:
    """Return the address as the page knows it; that of Playwright may lag behind."""
    return page.evaluate("location.href")


def count(page) -> int:
    return int(page.inner_text("#count").split()[0])


def column(page, name: str) -> list[str]:
    return page.locator(f"#rows tbody td.{name}").all_inner_texts()


def test_a_search_lists_concepts_with_the_counts_of_either_network(shown, pages, real):
    counts = Counter((network, label) for network, _, _, label in tables(real))
    within = Counter(network for network, _, _, label in tables(real) if "kitchen" in label)
    assert within == {"ImageNet": 20, "Places365": 15}
    page = shown(pages)
    page.keyboard.press("/")
    page.keyboard.type("kitchen")
    options = page.locator("#found li").all_inner_texts()
    both = [counts[network, "kitchen"] for network in ("ImageNet", "Places365")]
    assert options[0].split() == ["kitchen", str(both[0]), "|", str(both[1])]
    assert page.inner_text("#count") == "35 of 1792 units: ImageNet 20, Places365 15"
    page.keyboard.press("Enter")
    assert address(page).endswith("#concept=kitchen")
    heads = page.locator(".sides h3").all_inner_texts()
    assert [head.split("\n")[-1].strip() for head in heads] == [
        f"{number} units" for number in both
    ]
    assert [page.locator(".units").nth(side).locator("li").count() for side in (0, 1)] == both
    for side in (0, 1):
        values = [
            float(v) for v in page.locator(".units").nth(side).locator(".value").all_inner_texts()
        ]
        assert values == sorted(values, reverse=True)


def test_columns_sort_both_ways(shown, pages):
    page = shown(pages)
    page.click("[data-sort=similarity]")
    down = [float(value) for value in column(page, "similarity")]
    assert down == sorted(down, reverse=True)
    assert page.get_attribute("th.similarity", "aria-sort") == "descending"
    page.click("[data-sort=similarity]")
    up = [float(value) for value in column(page, "similarity")]
    assert up == sorted(up)
    assert up[0] < down[0]
    page.click("[data-sort=label]")
    labels = column(page, "label")
    assert labels == sorted(labels, key=str.lower)
    assert len(labels) > 20


def test_each_facet_leaves_the_rows_that_the_tables_have(shown, pages, real):
    rows = tables(real)
    page = shown(pages)
    page.select_option("[data-facet=network]", "Places365")
    assert count(page) == sum(row[0] == "Places365" for row in rows)
    page.select_option("[data-facet=layer]", "layer4")
    assert count(page) == sum(row[:2] == ("Places365", "layer4") for row in rows)
    labels = {
        name: {label for network, layer, _, label in rows if (network, layer) == (name, "layer4")}
        for name in ("ImageNet", "Places365")
    }
    for option, chosen in (
        ("both", labels["ImageNet"] & labels["Places365"]),
        ("b", labels["Places365"] - labels["ImageNet"]),
    ):
        page.select_option("[data-facet=shared]", option)
        expected = [row for row in rows if row[:2] == ("Places365", "layer4") and row[3] in chosen]
        assert count(page) == len(expected) > 0
    page.click("#reset")
    kinds, words = real.document["kinds"], real.document["networks"]
    for kind in ("scene", "texture"):
        expected = sum(
            its == kinds.index(kind)
            for network in words
            for layer in network["layers"]
            for its in layer["kinds"]
        )
        page.select_option("[data-facet=kind]", kind)
        assert count(page) == expected > 0


def test_a_link_opens_its_unit_from_a_cold_start_and_back_leads_back(shown, pages, real):
    row = next(row for row in tables(real) if row[:3] == ("Places365", "layer4", 17))
    page = shown(pages, "#Places365/layer4-17")
    assert page.inner_text("#unit-name") == row[3]
    assert "Places365, layer4, unit 17" in page.inner_text(".unit-page")
    page.click("a.all")
    page.wait_for_selector("#concept-name")
    assert address(page).endswith(f"#concept={row[3].replace(' ', '+')}")
    page.click(".units a >> nth=0")
    page.wait_for_selector("#unit-name")
    page.go_back()
    assert address(page).endswith(f"#concept={row[3].replace(' ', '+')}")
    page.go_back()
    assert page.inner_text("#unit-name") == row[3]
    page.go_forward()
    page.wait_for_selector("#concept-name")
    assert page.locator(".unit-page").is_hidden()


def test_back_undoes_a_choice_and_a_sort(shown, pages):
    page = shown(pages)
    page.select_option("[data-facet=network]", "Places365")
    page.click("[data-sort=similarity]")
    page.click("#rows tbody tr[aria-rowindex='4'] td.label")
    assert page.locator("#unit-name").is_visible()
    page.go_back()
    assert address(page).endswith("#network=Places365&sort=-similarity")
    page.go_back()
    assert address(page).endswith("#network=Places365")
    page.go_back()
    assert count(page) == 1792


STRANGE = (
    "#%", "#a/b-1e9", "#pick=NaN", "#sort=__proto__", "#heat=abc", "#a=none&b=none", "#layer=nope",
    "#concept=%25", "#q=%5B(", "#kind=__proto__", "#toString=1", "#/", "#-", "#ImageNet/layer4-",
    "#view=scatter", "#pick=" + "1." * 20_000, "#q=" + "x" * 100_000,
)  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE, ids=lambda strange: strange[:20])
def test_any_address_shows_the_page(shown, pages, strange):
    """The fixture fails on any error; what is chosen stands in the facet, known or not."""
    page = shown(pages, strange)
    assert 0 <= count(page) <= 1792
    if "layer=" in strange:
        assert page.locator("[data-facet=layer] option:checked").inner_text() == "nope (0)"
        assert count(page) == 0


def test_a_dead_unit_has_no_concept(shown):
    content = made_up()
    word = content.document["words"][3]
    page = shown(browser_files(content), "#q=&sort=unit")
    labels = content.document["networks"][0]["layers"][0]["labels"]
    page.goto(f"{address(page).split('#')[0]}#concept={quote(word)}")
    page.wait_for_selector("#concept-name")
    assert labels[3] == 3
    assert page.locator(".units").first.locator("li").count() == labels.count(3) - 1


def test_an_unknown_address_says_so(shown, pages):
    page = shown(pages, "#Places365/layer4-9999")
    assert "no unit Places365/layer4-9999" in page.inner_text(".notice")
    page = shown(pages, "#concept=nothing+of+the+kind")
    assert "No live unit" in page.inner_text(".concept-page")


def test_saved_rows_are_those_of_the_table(shown, pages, real):
    page = shown(pages, "#network=ImageNet&layer=layer3")
    with page.expect_download() as saved:
        page.click("#save")
    rows = saved_rows(saved.value)
    expected = [row for row in tables(real) if row[:2] == ("ImageNet", "layer3")]
    found = [(r["network"], r["layer"], int(r["unit"]), r["description"]) for r in rows]
    assert found == expected
    layer = real.document["networks"][0]["layers"][1]
    assert [float(row["similarity"]) for row in rows] == layer["similarity"]


def test_everything_is_done_with_the_keys_alone(shown, pages):
    page = shown(pages)
    page.keyboard.press("/")
    page.keyboard.type("kitchen")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#search", "aria-activedescendant") == "found-0"
    page.keyboard.press("Enter")
    assert "concept=kitchen" in address(page)
    page.keyboard.press("Escape")
    assert "concept" not in address(page)
    page.focus("#rows")
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    assert page.get_attribute("#rows", "aria-activedescendant") == "row-1790"
    page.keyboard.press("Enter")
    assert "Places365/layer4-510" in address(page)
    page.keyboard.press("Home")
    assert "ImageNet/layer2-0" in address(page)
    page.keyboard.press("Escape")
    assert page.locator(".unit-page").is_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert address(page).endswith("#sort=network")
    page.keyboard.press("/")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.facet") == "layer":
            break
    page.keyboard.press("ArrowDown")
    assert count(page) == 256
    assert page.evaluate("document.activeElement.dataset.facet") == "layer"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "save":
            break
    with page.expect_download():
        page.keyboard.press("Enter")


def test_a_unit_shows_its_images_under_a_map_whose_strength_one_sets(shown):
    page = shown(browser_files(made_up()), "#B/layer-4%2Fx-5")
    assert page.locator(".tops figure").count() == 6
    loaded = (
        "Array.from(document.querySelectorAll('.tops img')).every((one) => one.naturalWidth === 96)"
    )
    page.wait_for_function(loaded)
    canvas = page.locator(".over canvas").first
    drawn = "(one) => new Set(one.getContext('2d').getImageData(0, 0, 192, 192).data).size"
    assert canvas.evaluate(drawn) > 50
    assert canvas.evaluate("(one) => one.style.opacity") == "0.6"
    page.focus("#heat")
    page.keyboard.press("Home")
    assert canvas.evaluate("(one) => one.style.opacity") == "0"
    bars = page.locator(".best tr").all_inner_texts()
    assert len(bars) == 5
    assert bars[0].split()[-1] == "0.5000"
    assert page.locator(".bar.below").count() == 2
    assert page.locator(".histogram rect").count() == 20
    assert page.locator(".near tr").count() == 1
    assert "descriptions.csv 1111111111111111" in page.inner_text(".cite")
    page.click(".near a")
    page.wait_for_function("document.querySelector('.where').textContent.includes('unit 10')")
    assert "#A+%26+B%3DC%2F1/layer-4%2Fx-10" in address(page)
    assert page.inner_text(".where").startswith("A & B=C/1, layer-4/x, unit 10")


def test_a_map_lies_where_its_cells_look(shown):
    """One bright cell of seven by seven, at the third row and sixth column, on the canvas."""
    import base64

    content = made_up()
    cells = bytearray(6 * 49)
    cells[2 * 7 + 5] = 255
    line = content.document["networks"][0]["layers"][0]["maps"]["units"][0][-1]
    maps = list(content.maps)
    maps[line] = base64.b64encode(cells).decode()
    place = "#A+%26+B%3DC%2F1/layer-4%2Fx-0"
    page = shown(
        browser_files(type(content)(content.document, content.pictures, tuple(maps))), place
    )
    brightest = """(one) => {
        const { data } = one.getContext('2d').getImageData(0, 0, 192, 192);
        let best = 0;
        for (let at = 0; at < data.length; at += 4) if (data[at + 1] > data[best + 1]) best = at;
        return [Math.floor(best / 4 / 192) / 192, (best / 4 % 192) / 192];
    }"""
    row, across = page.locator(".over canvas").first.evaluate(brightest)
    assert abs(row - (0.07 + 2 * 0.14)) < 0.03
    assert abs(across - (0.07 + 5 * 0.14)) < 0.03


def test_a_layer_is_seen_as_pictures_and_as_points(shown):
    page = shown(browser_files(made_up()), "#view=pictures&network=B")
    assert page.locator(".tile").count() == 60
    assert page.locator(".tile img").count() == 59
    page.click(".tile a >> nth=7")
    assert "B/layer-4%2Fx-7" in address(page)
    page = shown(browser_files(made_up()), "#view=scatter&network=B")
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    for x, y in (
        (box["width"] - 4, 2),
        (box["width"] - 4, box["height"] - 4),
        (2, box["height"] - 4),
    ):
        page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
    page.mouse.up()
    assert "59 units chosen" in page.inner_text(".scatter")
    page.click("text=Show them in the table")
    assert count(page) == 59
    page = shown(browser_files(made_up()), "#view=scatter&network=B")
    page.focus("canvas")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert "#B/layer-4%2Fx-" in address(page)


def test_facets_tell_confident_unsure_insignificant_and_dead(shown):
    page = shown(browser_files(made_up()))
    layer = made_up().document["networks"][0]["layers"][0]
    dead = 2
    page.select_option("[data-facet=status]", "dead")
    assert count(page) == dead
    insignificant = 2 * sum(value == 0 for value in layer["significant"])
    page.select_option("[data-facet=status]", "none")
    assert count(page) == insignificant
    page.select_option("[data-facet=status]", "confident")
    sure = sum(
        c == 1 and s != 0 for c, s in zip(layer["confident"], layer["significant"], strict=True)
    )
    assert count(page) == 2 * sure > 0


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_concepts_are_text(shown, word):
    """The fixture fails on any dialog, console line or request; the name comes back whole."""
    content = made_up()
    unit = content.document["words"].index(word)
    place = (
        f"#A+%26+B%3DC%2F1/layer-4%2Fx-{unit if unit != 3 else 3 + len(content.document['words'])}"
    )
    page = shown(browser_files(content), place)
    label = page.inner_text("#unit-name")
    assert label == word if len(word) < 100 else word.startswith(label[:-1])
    page.click("a.all")
    page.wait_for_selector("#concept-name")
    assert page.locator("#concept-name").is_visible()
    assert page.locator(".units").first.locator("li").count() >= 1
    page.reload()
    assert page.locator(".units").first.locator("li").count() >= 1
    assert page.locator("main img[src=x]").count() == 0
    assert page.evaluate("[...document.scripts].filter((one) => !one.type).length") == 1
    with page.expect_download() as saved:
        page.click("#save")
    rows = saved_rows(saved.value)
    assert {row["description"] for row in rows} == {word}


def test_a_large_browser_is_a_folder_that_opens_from_a_disk(shown):
    files = browser_files(made_up(), largest=1000)
    assert {"units.html", "browser/index.html", "browser/data-000.js"} < set(files)
    page = shown(files, "#B/layer-4%2Fx-5")
    page.wait_for_function("location.pathname.endsWith('browser/index.html')")
    page.wait_for_selector("#unit-name")
    page.wait_for_function("document.querySelector('.tops img').naturalWidth === 96")
    drawn = "(one) => new Set(one.getContext('2d').getImageData(0, 0, 192, 192).data).size"
    assert page.locator(".over canvas").first.evaluate(drawn) > 50


VIEWS = ("", "#B/layer-4%2Fx-5", "#concept=cat", "#view=pictures", "#view=scatter&network=B")


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible_and_fits(shown, width, scheme):
    """No finding of axe-core of any impact, and nothing wider than the screen."""
    files = browser_files(made_up())
    for view in VIEWS:
        page = shown(files, view, width=width, scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == [], view
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_the_page_may_load_and_run_nothing_else(shown):
    """What is planted into a page that has its policy neither runs nor loads."""
    page_of = browser_files(made_up())["units.html"].decode()
    planted = page_of.replace(
        "<noscript>", "<script>document.title = 'planted'</script><img src='other.png'><noscript>"
    )
    page = shown({"units.html": planted.encode()})
    assert page.title() != "planted"
    refused = [line for line in shown.said if "Content Security Policy" in line]
    assert len(refused) == len(shown.said) == 2
    shown.said.clear()


def test_layers_of_other_names_stand_under_the_layer_that_they_are_compared_with(shown):
    content = made_up()
    content.document["networks"][1]["layers"][0]["name"] = "block.3"
    content.document["pair"]["layers"] = [["layer-4/x", "block.3"]]
    content.document["words"].append("only here")
    content.document["networks"][1]["layers"][0]["labels"][0] = len(HOSTILE) + 2
    for network in content.document["networks"]:
        network["layers"][0]["near"] = [[] for _ in network["layers"][0]["units"]]
    page = shown(browser_files(content), "#layer=layer-4%2Fx")
    assert count(page) == 120
    option = page.locator("[data-facet=layer] option:checked")
    assert option.inner_text() == "layer-4/x | block.3 (120)"
    page.select_option("[data-facet=shared]", "b")
    assert count(page) == 1
    page.select_option("[data-facet=shared]", "both")
    assert count(page) == 117


def test_a_network_alone_has_single_counts_and_nothing_shared(shown):
    content = made_up()
    del content.document["networks"][1]
    content.document["pair"] = None
    cats = content.document["networks"][0]["layers"][0]["labels"].count(0)
    for layer in content.document["networks"][0]["layers"]:
        layer["near"] = [[] for _ in layer["units"]]
    page = shown(browser_files(content))
    assert page.locator("[data-facet=shared]").count() == 0
    page.fill("#search", "cat")
    assert page.locator("#found li").first.inner_text().split() == ["cat", str(cats)]


def test_networks_with_other_inputs_are_shown_under_a_warning(shown):
    content = made_up()
    content.document["pair"]["differ"] = ["concepts"]
    page = shown(browser_files(content))
    assert "nothing follows from a comparison" in page.inner_text(".notice")
    assert page.locator("[data-facet=shared]").count() == 0
