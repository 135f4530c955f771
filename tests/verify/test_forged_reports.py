"""Forged PDFs: what a reader sees, hears, prints, clicks or saves follows from the data."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NullObject,
    NumberObject,
    TextStringObject,
)

from study.dissection.loaded import attached_runs, load_runs
from study.errors import Exit, StudyError
from study.files import documents
from study.report import build, pdf
from study.report.pdf import extract
from study.report.rendering import render
from study.report.tables import tables
from study.verify.report import verify_report
from tests.verify.faults.base import two_runs

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
WORDS = ("dotted", "stripe", "kitchen", "cat", "null", "polka dot", "sky", "grid", "hoodia")
Forge = Callable[[PdfWriter], None]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("true")
    runs = load_runs(two_runs(folder, WORDS, ("layer3", "layer4"), 12))
    return build(runs, out=folder / "out", formats=("pdf",)) / "report.pdf"


def name(text: str) -> NameObject:
    return NameObject(f"/{text}")


def rectangle(*corners: float) -> ArrayObject:
    return ArrayObject([FloatObject(corner) for corner in corners])


def entry(**values: object) -> DictionaryObject:
    return DictionaryObject({name(key): value for key, value in values.items()})


def annotate(writer: PdfWriter, note: DictionaryObject) -> None:
    page = writer.pages[0]
    notes = page.setdefault(name("Annots"), ArrayObject()).get_object()
    notes.append(writer._add_object(note))


def javascript() -> DictionaryObject:
    return entry(S=name("JavaScript"), JS=TextStringObject("app.alert(1)"))


def open_action(writer: PdfWriter) -> None:
    writer._root_object[name("OpenAction")] = javascript()


def named_script(writer: PdfWriter) -> None:
    names = writer._root_object["/Names"].get_object()
    scripts = ArrayObject([TextStringObject("x"), writer._add_object(javascript())])
    names[name("JavaScript")] = entry(Names=scripts)


def page_action(writer: PdfWriter) -> None:
    writer.pages[1][name("AA")] = entry(O=javascript())


def launch(writer: PdfWriter) -> None:
    action = entry(S=name("Launch"), F=TextStringObject("calc.exe"))
    link = entry(Type=name("Annot"), Subtype=name("Link"), Rect=rectangle(0, 0, 600, 800), A=action)
    annotate(writer, link)


def web_link(writer: PdfWriter) -> None:
    action = entry(S=name("URI"), URI=TextStringObject("https://example.org"))
    link = entry(Type=name("Annot"), Subtype=name("Link"), Rect=rectangle(0, 0, 90, 90), A=action)
    annotate(writer, link)


def moved_link(writer: PdfWriter) -> None:
    for page in writer.pages:
        for note in page.get("/Annots", ArrayObject()):
            if note.get_object().get("/Dest") == "table-overlap":
                note.get_object()[name("Dest")] = TextStringObject("limits")


def stamp(writer: PdfWriter, flags: int) -> None:
    drawing = DecodedStreamObject()
    drawing.set_data(b"0 0 0 rg 0 0 200 60 re f")
    drawing.update(entry(Subtype=name("Form"), BBox=rectangle(0, 0, 200, 60), Type=name("XObject")))
    note = entry(
        Type=name("Annot"), Subtype=name("Stamp"), Rect=rectangle(100, 600, 300, 660),
        F=NumberObject(flags), AP=entry(N=writer._add_object(drawing)),
    )  # fmt: skip
    annotate(writer, note)


def alternative_text(writer: PdfWriter) -> None:
    for item in list(writer._objects):
        if isinstance(item, DictionaryObject) and "/Alt" in item:
            item[name("Alt")] = TextStringObject("The networks share everything.")
            return
    raise AssertionError("no alternative text to change")


def spoken_text(writer: PdfWriter) -> None:
    item = next(x for x in writer._objects if isinstance(x, DictionaryObject) and "/S" in x)
    item[name("ActualText")] = TextStringObject("999")


def attached_twice(writer: PdfWriter) -> None:
    content = DecodedStreamObject()
    content.set_data(b'{"schema": "study-results/1"}')
    spec = entry(
        Type=name("Filespec"), F=TextStringObject("results.json"),
        EF=entry(F=writer._add_object(content)),
    )  # fmt: skip
    note = entry(
        Type=name("Annot"), Subtype=name("FileAttachment"), Rect=rectangle(0, 0, 9, 9), FS=spec
    )
    annotate(writer, note)


def two_files_in_one(writer: PdfWriter) -> None:
    for item in list(writer._objects):
        if isinstance(item, DictionaryObject) and item.get("/F") == "results.json":
            files, content = item["/EF"].get_object(), DecodedStreamObject()
            content.set_data(files["/F"].get_object().get_data() + b" ")
            files[name("UF")] = writer._add_object(content)


def form(writer: PdfWriter) -> None:
    field = entry(FT=name("Tx"), T=TextStringObject("x"), V=TextStringObject("999"))
    fields = ArrayObject([writer._add_object(field)])
    writer._root_object[name("AcroForm")] = entry(Fields=fields)


def seen_digits(writer: PdfWriter) -> None:
    """Cover a digit by another shape: the text layer stays as it is."""
    for page in writer.pages[:4]:
        page.get_contents()
        page.merge_page(_patch(page), over=True)


def _patch(page: DictionaryObject) -> DictionaryObject:
    other = PdfWriter()
    blank = other.add_blank_page(*[float(side) for side in page["/MediaBox"][2:]])
    content = DecodedStreamObject()
    content.set_data(b"0 0 0 rg 300 500 4 7 re f")
    blank[name("Contents")] = other._add_object(content)
    return PdfReader(_bytes(other)).pages[0]


def _bytes(writer: PdfWriter) -> io.BytesIO:
    stream = io.BytesIO()
    writer.write(stream)
    return stream


def pictures_of_pages(writer: PdfWriter) -> None:
    image = Image.fromarray(np.full((80, 60, 3), 200, np.uint8))
    buffer = io.BytesIO()
    image.save(buffer, "PDF")
    cover = PdfReader(buffer).pages[0]
    for page in writer.pages:
        page.merge_page(cover, over=True)


def cropped(writer: PdfWriter) -> None:
    writer.pages[0][name("CropBox")] = rectangle(0, 400, 595, 842)


def outline(writer: PdfWriter) -> None:
    writer.add_outline_item(title="All labels are right", page_number=0)


def metadata(writer: PdfWriter) -> None:
    writer.add_metadata({"/Author": "somebody else"})


def cells_read_in_other_order(writer: PdfWriter) -> None:
    """The numbers of a row stand under the wrong columns for whoever listens."""
    rows = (part for part in writer._objects if isinstance(part, DictionaryObject))
    row = next(r for r in rows if r.get("/S") == "/TR" and len(r.get("/K", ())) > 2)
    row[name("K")] = ArrayObject(list(reversed(list(row["/K"]))))


def cells_not_read(writer: PdfWriter) -> None:
    tree = writer._root_object["/StructTreeRoot"].get_object()
    tree[name("RoleMap")] = entry(TD=name("Artifact"))


def parts_renumbered(writer: PdfWriter) -> None:
    """Two parts of a page exchange their numbers in its drawing: one is read for the other."""
    page = writer.pages[0]
    drawing = page.get_contents().get_data()
    for old, new in ((b"/MCID 11 ", b"/MCID X "), (b"/MCID 13 ", b"/MCID 11 "), (b"X", b"13")):
        assert old.strip() in drawing
        drawing = re.sub(re.escape(old.strip()) + rb"(?=\D)", new.strip(), drawing)
    stream = DecodedStreamObject()
    stream.set_data(drawing)
    page[name("Contents")] = writer._add_object(stream)


def redrawn(writer: PdfWriter, drawing: bytes) -> None:
    stream = DecodedStreamObject()
    stream.set_data(drawing)
    writer.pages[0][name("Contents")] = writer._add_object(stream)


def pale_cross(writer: PdfWriter) -> None:
    """Lines of a pale grey across the page, behind its text."""
    cross = b"q .92 .92 .92 RG 30 w 50 50 m 550 800 l S 50 800 m 550 50 l S Q\n"
    redrawn(writer, cross + writer.pages[0].get_contents().get_data())


def marked(writer: PdfWriter, properties: bytes) -> None:
    first, rest = writer.pages[0].get_contents().get_data().split(b"BT", 1)
    inside, after = rest.split(b"ET", 1)
    redrawn(writer, b"%s/Span %s BDC BT%sET EMC%s" % (first, properties, inside, after))


def spoken_by_name(writer: PdfWriter) -> None:
    """What is spoken instead of a text stands among the page's resources."""
    spoken = entry(Alt=TextStringObject("Equal."))
    writer.pages[0]["/Resources"][name("Properties")] = entry(P1=spoken)
    marked(writer, b"/P1")


def of_structure(key: str, value: object) -> Forge:
    def forge(writer: PdfWriter) -> None:
        parts = writer.root_object["/StructTreeRoot"].get_object()["/K"]
        part = parts[0] if isinstance(parts, ArrayObject) else parts
        part.get_object()[name(key)] = value

    return forge


def other_picture_on_paper(writer: PdfWriter) -> None:
    for page in writer.pages:
        for item in page["/Resources"].get("/XObject", {}).values():
            item.get_object()[name("Alternates")] = ArrayObject([entry(Image=NullObject())])


def script_on_all_pages(writer: PdfWriter) -> None:
    writer.root_object["/Pages"].get_object()[name("AA")] = entry(O=javascript())


def white_bookmark(writer: PdfWriter) -> None:
    first = writer.root_object["/Outlines"].get_object()["/First"].get_object()
    first[name("C")] = rectangle(1, 1, 1)


FORGERIES: dict[str, tuple[Forge, str]] = {
    "script on opening": (open_action, "actions"),
    "named script": (named_script, "actions"),
    "script on a page": (page_action, "actions"),
    "launch action": (launch, "actions"),
    "link to the web": (web_link, "actions"),
    "link led elsewhere": (moved_link, "links"),
    "stamp on paper": (lambda writer: stamp(writer, 4 | 32), "annotations"),
    "stamp on screen": (lambda writer: stamp(writer, 4), "annotations"),
    "hidden stamp": (lambda writer: stamp(writer, 2), "annotations"),
    "alternative text": (alternative_text, "alternative texts"),
    "spoken text": (spoken_text, "alternative texts"),
    "attached by an annotation": (attached_twice, "annotations"),
    "another file under UF": (two_files_in_one, "attachments"),
    "form": (form, "forms"),
    "seen digits": (seen_digits, ""),
    "pictures of pages": (pictures_of_pages, "pictures"),
    "cropped page": (cropped, "pages"),
    "outline": (outline, "actions"),
    "metadata": (metadata, "metadata"),
    "reading order": (cells_read_in_other_order, "reading order"),
    "roles": (cells_not_read, "reading order"),
    "numbers of parts": (parts_renumbered, "reading order"),
    "pale cross": (pale_cross, "page 1"),
    "spoken text, escaped": (
        lambda writer: marked(writer, b"<</#41lt (Equal.)>>"),
        "alternative texts",
    ),
    "spoken text, by name": (spoken_by_name, "entries"),
    "sounds": (of_structure("Phoneme", TextStringObject("equal")), "entries"),
    "file of a part": (of_structure("AF", ArrayObject([entry(Type=name("Filespec"))])), "entries"),
    "other picture on paper": (other_picture_on_paper, "entries"),
    "script on all pages": (script_on_all_pages, "entries"),
    "white bookmark": (white_bookmark, "entries"),
}


def forged(report: Path, folder: Path, forge: Forge | None, producer: str = "") -> Path:
    writer = PdfWriter(clone_from=report)
    info = PdfReader(report).metadata or {}
    writer.metadata = {**info, **({"/Producer": producer} if producer else {})}
    if forge is not None:
        forge(writer)
    path = folder / "forged.pdf"
    path.write_bytes(_bytes(writer).getvalue())
    return path


def places(path: Path, report: Path) -> tuple[Exit, set[str]]:
    verdict = verify_report(path, maker=lambda _: report.read_bytes())
    return verdict.exit, {check.place for check in verdict.checks if check.status == "failed"}


def test_a_report_saved_again_by_another_program_stays_right(report: Path, tmp_path: Path) -> None:
    assert places(forged(report, tmp_path, None), report) == (Exit.OK, set())


@pytest.mark.parametrize("kind", FORGERIES)
def test_what_the_program_would_not_have_put_there_is_a_finding(
    report: Path, tmp_path: Path, kind: str
) -> None:
    forge, place = FORGERIES[kind]
    code, found = places(forged(report, tmp_path, forge), report)
    assert code == Exit.FAILED
    assert place in found or (not place and {"page 1", "page 4"} <= found)


@pytest.mark.parametrize("producer", ["", "Other 1.0"])
@pytest.mark.parametrize(
    "around", [(b"#!/bin/sh\n", b""), (b"", b"PK\x03\x04 other tables"), (b"", b"")]
)
def test_what_lies_around_the_document_is_a_finding(
    report: Path, tmp_path: Path, around: tuple[bytes, bytes], producer: str
) -> None:
    path = forged(report, tmp_path, None, producer)
    if any(around):
        path.write_bytes(around[0] + path.read_bytes() + around[1])
    else:  # an earlier state, which some programs show on request
        later = PdfWriter(path, incremental=True)
        later.add_metadata({"/Keywords": "later"})
        later.write(path)
    code, found = places(path, report)
    assert code == Exit.FAILED
    assert "file" in found


@pytest.mark.parametrize("kind", ["script on opening", "pictures of pages", "stamp on paper"])
def test_behind_another_producer_it_is_a_finding_as_well(
    report: Path, tmp_path: Path, kind: str
) -> None:
    code, found = places(forged(report, tmp_path, FORGERIES[kind][0], "Other 1.0"), report)
    assert code == Exit.FAILED
    assert FORGERIES[kind][1] in found


def test_what_cannot_be_compared_never_counts_as_right(report: Path, tmp_path: Path) -> None:
    for forge in (None, seen_digits):
        code, found = places(forged(report, tmp_path, forge, "Other 1.0"), report)
        assert (code, found) == (Exit.UNDECIDED, set())


def consistently(files: dict[str, bytes], folder: Path) -> Path:
    """The report of changed evidence, with pages that follow from it."""
    path = folder / "consistent.pdf"
    path.write_bytes(render(files, formats=("pdf",)).pdf)
    return path


def changed(files: dict[str, bytes], file: str, change: Callable[[dict], None]) -> dict[str, bytes]:
    document = json.loads(files[file])
    change(document)
    return files | {file: documents.dumps(document).encode()}


@pytest.mark.parametrize("file", ["payload.js", "tables/notes.txt", "a/READ ME.txt", "a/cards/x"])
def test_a_file_that_is_not_of_the_report_is_a_finding(
    report: Path, tmp_path: Path, file: str
) -> None:
    files = extract(report)
    slug = json.loads(files["results.json"])["networks"][0]["slug"]
    given = file.replace("a/", f"{slug}/", 1) if file.startswith("a/") else file
    path = consistently({**files, given: b"The networks are equal."}, tmp_path)
    code, found = places_of(path)
    assert code == Exit.FAILED
    assert given in found


@pytest.mark.parametrize("document", ["results.json", "manifest.json"])
def test_a_key_stated_twice_is_refused(report: Path, tmp_path: Path, document: str) -> None:
    files = extract(report)
    twice = files[document].replace(b"{", b'{"networks": [],', 1)
    with pytest.raises(StudyError, match=f"{document}: .* the key 'networks' twice"):
        verify_report(consistently({**files, document: twice}, tmp_path))


def second_run(document: dict) -> None:
    for pair in (document["pairs"][0], document["comparison"]):
        pair["overall"]["ceiling"] = {
            "kind": "second run", "a": 0.9876, "b": 0.9876, "across": 0.9, "low": 0.9876,
            "high": 0.9876, "a_sd": None, "b_sd": None, "splits": 1,
        }  # fmt: skip


def test_a_key_that_stops_the_recomputing_is_not_right(report: Path, tmp_path: Path) -> None:
    true = extract(report)
    files = changed(true, "results.json", second_run)
    results = json.loads(files["results.json"])
    derived = tables(results, attached_runs(true, results["networks"]))
    files |= {f"tables/{table}": text.encode() for table, text in derived.items()}
    verdict = verify_report(consistently(files, tmp_path))
    assert verdict.exit == Exit.UNDECIDED
    assert any("not checked" in check.detail for check in verdict.checks)

    def everywhere(document: dict) -> None:
        document["networks"][0]["unique"] = 999
        document["networks"][0]["kind"] = "second run"

    files = changed(extract(report), "results.json", everywhere)
    assert verify_report(consistently(files, tmp_path)).exit == Exit.FAILED


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("networks.A.weights", lambda own: own["networks"][0].update(weights="other.pth")),
        ("networks.A.sha256", lambda own: own["networks"][0].update(sha256="0" * 64)),
        ("networks.B.classes", lambda own: own["networks"][1].update(classes=365)),
        ("networks.C", lambda own: own["networks"].append({"name": "C"})),
        ("limit", lambda own: own.update(limit=7)),
        ("demonstration", lambda own: own.update(demonstration="the real thing")),
        ("report.names_trusted", lambda own: own["report"].update(names_trusted=["A"])),
        ("report.rerun_noise", lambda own: own["report"].update(rerun_noise=None)),
        ("title", lambda own: own.update(title="Places and objects")),
    ],
)
def test_provenance_that_the_runs_do_not_state_is_a_finding(
    report: Path, tmp_path: Path, key: str, change: Callable[[dict], None]
) -> None:
    files = extract(report)
    names = [network["name"] for network in json.loads(files["results.json"])["networks"]]
    files = changed(files, "manifest.json", change)
    code, found = places_of(consistently(files, tmp_path))
    assert code == Exit.FAILED
    assert re.sub(r"\b([AB])\b", lambda m: names["AB".index(m[1])], key) in found


def places_of(path: Path) -> tuple[Exit, set[str]]:
    verdict = verify_report(path)
    return verdict.exit, {check.place for check in verdict.checks if check.status == "failed"}


def test_documents_that_unpack_to_gigabytes_are_refused(report: Path, tmp_path: Path) -> None:
    files = extract(report) | {"results.json": b"[" + b"[]," * 10_000_000 + b"[]]"}
    path = tmp_path / "bomb.pdf"
    path.write_bytes(pdf.write("<html lang='en'><title>x</title><p>x</p>", files)[0])
    with pytest.raises(documents.StudyError, match="expected JSON of at most 64 MB"):
        verify_report(path)
