"""Write the report of finished dissections: a PDF, an HTML page, and a browser of units."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from study.errors import StudyError
from study.files.output import output_folder

if TYPE_CHECKING:
    from study.comparison.pairing import Pairing
    from study.dissection.run import Run
    from study.inputs.settings import AboutSettings

FORMATS = ("pdf", "html", "units")
"""What a report consists of: ``report.pdf``, ``report.html`` and ``units.html``, the browser."""


def build(
    runs: "Sequence[Run]",
    *,
    out: Path,
    manifest: Mapping[str, Any] | None = None,
    formats: tuple[str, ...] = FORMATS,
    force: bool = False,
    results: Mapping[str, Any] | None = None,
    command: str | None = None,
    about: "AboutSettings | None" = None,
    system_fonts: bool = False,
    common_layers: bool = False,
    pairing: "Pairing | None" = None,
    different_inputs: bool = False,
    same_network: bool = False,
    png: bool = False,
    warn: Callable[[str], None] | None = None,
    further: Mapping[str, bytes] = MappingProxyType({}),
) -> Path:
    """Write the report of finished dissections to a folder, whole or not at all, and return `out`.

    Parameters
    ----------
    runs
        The finished dissections, at least one of which is not a control.
    out
        The folder: ``report.pdf``, ``report.html``, ``units.html``, ``results.json``,
        ``manifest.json``, ``tables/*.csv``, ``figures/*.svg`` and per network the tables it came
        from. With the browser alone, it holds nothing else.
    manifest
        What made the runs; by default assembled from the files found with them.
    formats
        Of `FORMATS`.
    force
        Write into a folder that holds foreign files as well.
    results
        The results document; by default computed from `runs`.
    command
        The command to print, file names only.
    about
        Title, authors, expectations and the like; nothing is invented.
    system_fonts
        Take characters that the program's fonts lack from fonts of this machine, which the
        manifest then names.
    common_layers
        Compare only the layers that the networks have in common.
    pairing
        Pair layers by another rule.
    different_inputs, same_network
        Compare runs made with different inputs, or as states of one network; see
        `study.comparison.analysis.analyse`.
    png
        Write each figure as PNG too.
    warn
        Called with a line for layers that are left out of a comparison, and one if WeasyPrint or
        fontTools had warnings.
    further
        Other files to write to the folder, by name; not part of the report.

    Raises
    ------
    StudyError
        For bad input, a missing system library, or a folder that must not be overwritten.
    """
    from study.comparison.analysis import analyse
    from study.comparison.pairing import unpaired_lines
    from study.report.about import checked_about
    from study.report.attachments import by_slug, evidence, report_manifest
    from study.report.browser.content import browser_of
    from study.report.browser.units_page import PAGE, browser_files
    from study.report.cards import spare
    from study.report.charts.system_fonts import covering
    from study.report.exhibits import exhibits, units_shown
    from study.report.rendering import render

    document, warned = results, tuple[str, ...]()
    if document is None:
        document = analyse(
            runs,
            common_layers=common_layers,
            pairing=pairing,
            different_inputs=different_inputs,
            same_network=same_network,
        )
    if warn is not None:
        for line in unpaired_lines(document):
            warn(line)
    stated = checked_about(about, document) if about else {}
    if system_fonts:
        stated |= {"fonts": [font.to_json() for font in covering(_words(runs))]}
    if "units" in formats:
        stated |= {"units": PAGE}
    made_by = report_manifest(runs, given=manifest, command=command, stated=stated)
    slugs = by_slug(runs, document)
    with output_folder(out, force=force) as folder:
        written = dict(further)
        if "units" in formats:
            written |= browser_files(browser_of(slugs, {**document, "manifest": made_by}))
        if set(formats) != {"units"}:
            files = evidence(runs, document, made_by)
            apart = spare(slugs, units_shown(exhibits(document, slugs)))
            inside = {name: content for name, content in files.items() if name not in apart}
            rendered = render(inside, formats=formats, runs=slugs, png=png)
            pages = {"report.html": rendered.html.encode(), "report.pdf": rendered.pdf}
            written |= files | {name: page for name, page in pages.items() if page}
            written |= {f"figures/{name}": drawn for name, drawn in rendered.figures.items()}
            warned = rendered.warnings
        for name, content in written.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    if warned and warn is not None:
        warn(f"warnings while writing the PDF: {'; '.join(warned)}")
    return out


def write_report(
    runs: "Run | Sequence[Run]",
    *,
    out: str | Path = "report",
    formats: Sequence[str] = FORMATS,
    force: bool = False,
    layers: Mapping[str, str] | None = None,
    by_depth: bool = False,
    overall_only: bool = False,
    common_layers: bool = False,
    allow_different_inputs: bool = False,
    same_network: bool = False,
    png: bool = False,
    about: Mapping[str, Any] | None = None,
    system_fonts: bool = False,
    warn: Callable[[str], None] | None = None,
) -> Path:
    """Write the report of finished dissections and a browser of their units; return its folder.

    Parameters
    ----------
    runs
        One dissection or several; the first two compared ones are those of the first page.
    out
        The folder, replaced as a whole.
    formats
        Of ``"pdf"``, ``"html"`` and ``"units"``, the browser of units; only the PDF needs system
        libraries.
    force
        Write into a folder that holds other files as well.
    layers, by_depth, overall_only, common_layers
        How layers are paired whose names differ, as for `study.compare`.
    allow_different_inputs, same_network
        Compare although probe, words, encoder or settings differ, or as states of one network:
        nothing is tested then.
    png
        Write each figure as PNG too.
    about
        What the first page says beside the data, like ``[report]`` of a study's file: ``title``,
        ``authors``, ``team``, ``course``, ``date``, ``repository`` and ``expected``, the kinds of
        concepts of which a network should have more.
    system_fonts
        Print labels in scripts that the program's fonts lack with fonts of this machine; such a
        report can be rendered again, and verified, only where the same fonts are.
    warn
        Called with a line for layers that are left out of a comparison.

    Raises
    ------
    StudyError
        If the runs cannot be compared, a system library is missing, or the folder holds files that
        this program did not write.
    """
    from study.comparison.pairing import Pairing
    from study.dissection.run import Run

    runs = (runs,) if isinstance(runs, Run) else tuple(runs)
    for run in runs:
        if not isinstance(run, Run):
            raise StudyError(f"write_report: expected dissections, found {type(run).__name__}")
    if not formats or not set(formats) <= set(FORMATS):
        found = formats if isinstance(formats, str) else ", ".join(map(str, formats))
        raise StudyError(
            "write_report: formats: expected a list of pdf, html and units, found "
            f"{found or 'none'}"
        )
    rule = Pairing(tuple((layers or {}).items()), by_depth, overall_only, common_layers).checked()
    names = [run.name for run in runs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise StudyError(
            f"write_report: several runs are called {twice!r}: give each a name when it is "
            "dissected or loaded"
        )
    return build(
        runs,
        out=Path(out).expanduser(),
        formats=tuple(formats),
        force=force,
        pairing=rule if rule.to_json() else None,
        common_layers=common_layers,
        different_inputs=allow_different_inputs,
        same_network=same_network,
        png=png,
        about=_about(about),
        system_fonts=system_fonts,
        warn=warn,
    )


def _words(runs: "Sequence[Run]") -> set[str]:
    """Return every name and label of some dissections."""
    words = {run.name for run in runs}
    for run in runs:
        for layer in run.dissection.layers:
            words |= {layer.name, *layer.descriptions}
    return words


def _about(about: Mapping[str, Any] | None) -> "AboutSettings | None":
    from study.inputs.study_file import stated_about

    if not about:
        return None
    if not isinstance(about, Mapping):
        raise StudyError(f"write_report: about: expected a table, found {type(about).__name__}")
    values = {name: list(v) if isinstance(v, tuple) else v for name, v in about.items()}
    return stated_about(values, caller="write_report")
