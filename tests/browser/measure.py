"""How large and how fast the browser of units is: ``python -m tests.browser.measure PAGE...``.

For each page and fragment, such as ``units.html#ImageNet/layer4-17``: bytes, seconds from opening
it to the unit's name (or the first table) in sight, milliseconds of a keystroke in the search box
until it is drawn (median, 95th percentile, largest), and the memory that Chromium takes for it
beyond a blank tab. A page without a search box is another page to compare with.
"""

import os
import shutil
import statistics
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

WORDS = ("kitchen", "striped", "dog", "blue", "street")
STROKE = """async (letters) => {
    const box = document.getElementById('search');
    const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const spent = [];
    for (const word of letters) {
        for (let end = 1; end <= word.length; end += 1) {
            await drawn();
            const start = performance.now();
            box.value = word.slice(0, end);
            box.dispatchEvent(new Event('input', { bubbles: true }));
            document.body.offsetHeight;
            spent.push(performance.now() - start);
        }
    }
    return spent;
}"""


def memory() -> float:
    """Return the proportional set size of all processes of Chromium, in MB."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"chromium" in (folder / "cmdline").read_bytes():
                for line in (folder / "smaps_rollup").read_text().splitlines():
                    total += int(line.split()[1]) if line.startswith("Pss:") else 0
        except OSError:
            continue
    return total / 1024


def measure(page: Page, address: str) -> str:
    """Open a page and return a line of figures."""
    path, _, fragment = address.partition("#")
    page.goto("about:blank")
    time.sleep(1)
    before = memory()
    start = time.perf_counter()
    page.goto(
        f"{Path(path).resolve().as_uri()}{'#' + fragment if fragment else ''}", wait_until="commit"
    )
    page.wait_for_selector("#unit-name" if "/" in fragment else "#count, main h2")
    first = time.perf_counter() - start
    page.wait_for_load_state("load")
    loaded = time.perf_counter() - start
    time.sleep(1)
    line = f"{Path(path).stat().st_size / 1e6:6.1f} MB  first {first:5.2f} s  load {loaded:5.2f} s"
    line += f"  memory +{memory() - before:4.0f} MB"
    if page.query_selector("#search"):
        spent = sorted(page.evaluate(STROKE, WORDS))
        tail = spent[round(0.95 * (len(spent) - 1))]
        line += (
            f"  keystroke {statistics.median(spent):.1f} ms, 95 % {tail:.1f}, most {spent[-1]:.1f}"
        )
    return f"{line}  {Path(path).name}{'#' + fragment if fragment else ''}"


def main(addresses: list[str]) -> None:
    """Measure pages, each in a new window."""
    path = os.environ.get("STUDY_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        for address in addresses:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            print(measure(browser.new_page(), address))
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
