"""The concept set: what a line may hold, and what happens to everything else."""

import hashlib
import re

import pytest
from hypothesis import assume, given

from study.errors import StudyError
from study.inputs.concepts import ConceptSet
from tests.strategies_tables import NASTY, concept_sets


def read(tmp_path, data, **options):
    path = tmp_path / "words.txt"
    path.write_bytes(data)
    return ConceptSet.read(path, **options)


@given(concept_sets)
def test_a_written_set_reads_back_as_it_was(tmp_path_factory, concepts):
    # What is taken for layout has tests of its own: see test_word_files.
    assume(not re.search(r"^# |^/\S+ \d|^[\[{]|[,;\t]|_|^[\dn]", "\n".join(concepts), re.MULTILINE))
    path = tmp_path_factory.mktemp("set") / "words.txt"
    path.write_text("".join(f"{word}\n" for word in concepts), encoding="utf-8", newline="\n")
    back = ConceptSet.read(path)
    assert back.words == concepts.words
    assert back.digest == concepts.digest
    assert back.file_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"red\nnull\nblue sky\n", id="plain"),
        pytest.param(b"\xef\xbb\xbfred\nnull\nblue sky\n", id="byte order mark"),
        pytest.param(b"red\r\nnull\r\nblue sky\r\n", id="CRLF"),
        pytest.param(b"\n\nred\n   \nnull\n\t\nblue sky", id="blank lines"),
        pytest.param(b"  red\t\nnull \n\xc2\xa0blue sky\n", id="outer space"),
    ],
)
def test_layout_changes_neither_words_nor_digest(tmp_path, data):
    concepts = read(tmp_path, data)
    assert concepts.words == ("red", "null", "blue sky")
    assert concepts.digest == hashlib.sha256(b"red\nnull\nblue sky").hexdigest()
    assert list(concepts) == ["red", "null", "blue sky"]


def test_the_digest_sees_order_and_the_file_hash_sees_layout(tmp_path):
    first, second = read(tmp_path, b"a\nb\n"), read(tmp_path, b"b\na\n")
    assert first.digest != second.digest
    spaced = read(tmp_path, b"a\n\nb\n")
    assert spaced.digest == first.digest
    assert spaced.file_sha256 != first.file_sha256


@pytest.mark.parametrize("word", ["null", "nan", "none", "true", "NA", *NASTY])
def test_every_word_is_a_word(tmp_path, word):
    assert read(tmp_path, f"{word}\n".encode()).words == (word,)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param(b"", "at least one concept, found none", id="empty"),
        pytest.param(b"\n \r\n", "at least one concept, found none", id="only blank lines"),
        pytest.param(b"a\n\nb\n a \n", "line 4: .*'a' again .*line 1", id="twice"),
        pytest.param(b"a\nb\xff\n", "line 2: expected UTF-8, found byte 0xff", id="not UTF-8"),
        pytest.param(b"a\nb\tc\n", "line 2: .*control", id="tab inside"),
        pytest.param(b"a\rb\n", "line 1: .*control", id="lone carriage return"),
        pytest.param(b"a\nb\x00c\n", "line 2: .*control", id="null byte"),
        pytest.param("a\u2028b\n".encode(), "line 1: .*control", id="line separator"),
        pytest.param("a\n".encode("utf-16"), "line 1: expected UTF-8", id="UTF-16"),
    ],
)
def test_a_bad_file_is_refused_by_line(tmp_path, data, fault):
    with pytest.raises(StudyError, match=f"words.txt: .*{fault}") as caught:
        read(tmp_path, data)
    assert "\n" not in str(caught.value)


def test_duplicates_keep_the_first_when_allowed(tmp_path):
    assert read(tmp_path, b"b\na\nb\nc\na\n", allow_duplicates=True).words == ("b", "a", "c")


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(StudyError, match=r"cannot read .*none\.txt: No such file"):
        ConceptSet.read(tmp_path / "none.txt")


@pytest.mark.parametrize("words", [(), ("",), (" a",), ("a", "a"), ("a\nb",), ("\ud800",)])
def test_no_set_holds_what_a_file_could_not(words):
    with pytest.raises(StudyError, match="made up"):
        ConceptSet(words, "made up")
