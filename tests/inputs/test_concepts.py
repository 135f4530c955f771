"""The concept set: what a line may hold, and what happens to everything else."""

import hashlib
import re

import pytest
from hypothesis import assume, given

from study.errors import StudyError
from study.inputs.concepts import ConceptSet
from study.inputs.given import read_concepts
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


LOOK = {
    "no-break space": ("hot dog", "hot\u00a0dog"),
    "two spaces": ("hot dog", "hot  dog"),
    "wide space": ("hot dog", "hot\u3000dog"),
    "letters in two parts": ("caf\u00e9", "cafe\u0301"),
}


@pytest.mark.parametrize("kind", LOOK)
def test_words_that_look_the_same_are_one(tmp_path, kind):
    word, alike = LOOK[kind]
    with pytest.raises(StudyError, match=f"line 2: expected each concept once, found {word!r}"):
        read(tmp_path, f"{word}\n{alike}\n".encode())
    with pytest.raises(StudyError, match=f"1: expected each concept once, found {word!r}"):
        read_concepts([word, alike])
    concepts = read(tmp_path, f"{alike}\ncat\n".encode())
    assert concepts.words == (word, "cat")
    said = f"1 word written anew with single spaces and composed letters, such as {word!r}"
    assert concepts.notes == (said,) == read_concepts([alike, "cat"]).notes
    assert read_concepts([word, alike, "cat"], allow_duplicates=True).words == (word, "cat")
    assert read(tmp_path, f"{word}\ncat\n".encode()).notes == ()


@pytest.mark.parametrize(
    "word",
    [
        "dog\u200b",
        "\u202etac",
        "a\u2066b\u2069c",
        "d\u200dog",
        "do\u200cg",
        "dog\ufe0f",
        "so\u00adft",
        "\u05d0\u200f",
        "a\u034fb",
        "\u3164",
        "\U0001f993\u200d",
        "do\U000e0067",
        "\u062e\u200c\u200c\u0648",
        "\ufeffdog",
    ],
)
def test_marks_that_nobody_sees_are_refused(tmp_path, word):
    with pytest.raises(StudyError, match=r"line 2: .*marks that nobody sees, found U\+") as caught:
        read(tmp_path, f"cat\n{word}\n".encode())
    assert str(caught.value).isprintable()
    with pytest.raises(StudyError, match=r"words: 1: .*marks that nobody sees"):
        read_concepts(["cat", word])


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", id="Persian"),
        pytest.param("\u0915\u094d\u200d\u0937", id="Hindi"),
        pytest.param("\u09b0\u200d\u09cd\u09af", id="Bengali"),
        pytest.param("\U0001f469\U0001f3fd\u200d\U0001f680", id="astronaut"),
        pytest.param("\u2764\ufe0f\u200d\U0001f525", id="heart on fire"),
        pytest.param("1\ufe0f\u20e3", id="key"),
        pytest.param(
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", id="flag"
        ),
        pytest.param("\u8fbb\U000e0100", id="Japanese variant"),
    ],
)
def test_joiners_that_spell_a_word_stay(tmp_path, word):
    concepts = read(tmp_path, f"{word}\ncat\n".encode())
    assert (concepts.words, concepts.notes) == ((word, "cat"), ())


def test_duplicates_keep_the_first_when_allowed(tmp_path):
    assert read(tmp_path, b"b\na\nb\nc\na\n", allow_duplicates=True).words == ("b", "a", "c")


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(StudyError, match=r"cannot read .*none\.txt: No such file"):
        ConceptSet.read(tmp_path / "none.txt")


@pytest.mark.parametrize("words", [(), ("",), (" a",), ("a", "a"), ("a\nb",), ("\ud800",)])
def test_no_set_holds_what_a_file_could_not(words):
    with pytest.raises(StudyError, match="made up"):
        ConceptSet(words, "made up")
