"""Files in a PDF come out as they went in; a damaged PDF is said in one line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.errors import StudyError
from study.report import pdf
from study.report.pdf import describe, extract

PAGE = '<html lang="en"><head><title>t</title></head><body><p>page</p></body></html>'
names = st.text("abcdefghij-_ é/", min_size=1, max_size=20).map(lambda name: f"d/{name}.csv")


@settings(max_examples=4)
@given(st.dictionaries(names, st.binary(max_size=200), min_size=1, max_size=4))
def test_what_goes_in_comes_out(tmp_path_factory, files):
    path = tmp_path_factory.mktemp("pdf") / "r.pdf"
    made, warnings = pdf.write(PAGE, files)
    path.write_bytes(made)
    assert warnings == ()
    assert extract(path) == files


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    made, _ = pdf.write(PAGE, {"results.json": b'{"a": 1}' * 400, "t.csv": b"x,y\n"})
    return made


@pytest.mark.parametrize(
    "damaged",
    [
        *(pytest.param(lambda pdf, n=n: pdf[:n], id=f"cut at {n}") for n in (0, 10, 500, 5000)),
        *(lambda _, data=data: data for data in (b"hello", b"%PDF-1.7\n%%EOF", b"PK\x03\x04" * 30)),
    ],
)
def test_what_is_no_whole_pdf_is_one_line(tmp_path, whole, damaged):
    path = tmp_path / "no.pdf"
    path.write_bytes(damaged(whole))
    with pytest.raises(StudyError, match=r"^no\.pdf: [^\n]*$"):
        extract(path)


def test_a_pdf_without_files_is_no_report(tmp_path):
    path = tmp_path / "plain.pdf"
    path.write_bytes(pdf.write(PAGE, {})[0])
    with pytest.raises(StudyError, match="without files"):
        extract(path)


def test_equal_files_give_equal_bytes(whole):
    again, _ = pdf.write(PAGE, {"t.csv": b"x,y\n", "results.json": b'{"a": 1}' * 400})
    assert again == whole


def test_nothing_is_fetched_from_outside(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    page = PAGE.replace("<p>", f'<img alt="x" src="{secret.as_uri()}"><p>')
    _, warnings = pdf.write(page, {})
    assert any("outside" in text or "load" in text for text in warnings)


def test_sizes_and_digests_are_of_the_bytes():
    assert describe({"b": b"", "a": b"abc"}) == {
        "a": {
            "bytes": 3,
            "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        },
        "b": {
            "bytes": 0,
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        },
    }
