"""Lists of words in the layouts in which people publish them are read rightly, or refused."""

from pathlib import Path

import pytest

from study.errors import StudyError
from study.inputs.word_files import read_words

FIVE = ["tench", "goldfish", "great white shark", "tiger shark", "ray"]


def read(tmp_path: Path, text: str) -> tuple[list[str], tuple[str, ...]]:
    (tmp_path / "words.txt").write_text(text)
    words = read_words(tmp_path / "words.txt")
    return [word for _, word in words.located], words.notes


LAYOUTS = {
    "lines": ("\n".join(FIVE), FIVE, ""),
    "JSON list": ('["tench", "ray"]', ["tench", "ray"], "a list in JSON"),
    "JSON index": ('{"1": ["n1", "ray"], "0": ["n0", "tench"]}', ["tench", "ray"], "index"),
    "Python index": ("{0: 'tench, Tinca tinca',\n 1: 'ray'}\n", ["tench", "ray"], "index"),
    "JSON list of ids": ('[["n0", "tench"], [1, "ray"]]', ["tench", "ray"], "a list in JSON"),
    "JSON list of lists": ('[["tench"], "ray"]', ["tench", "ray"], "a list in JSON"),
    "synonyms": ('["tench, Tinca", "ray"]', ["tench", "ray"], "synonyms in 1, as in 'tench, T"),
    "names to numbers": ('{"ray": 1, "tench": 0}', ["tench", "ray"], "index"),
    "CSV": ('id,concept\n1,tench\n2,"ray, fish"\n', ["tench", "ray, fish"], "column 'concept'"),
    "TSV": ("Word\tfreq\ntench\t3\nray\t2\n", ["tench", "ray"], "column 'Word'"),
    "a numeric class": ("class,word\n1,tench\n2,ray\n", ["tench", "ray"], "column 'word'"),
    "ids as class": ("class,name\nn01440764,tench\nn01443537,ray\n", ["tench", "ray"], "'name'"),
    "semicolons": ("n;Label\n1;tench\n2;ray\n", ["tench", "ray"], "column 'Label'"),
    "numbered": ("\n".join(f"{n:03d}.{w}" for n, w in enumerate(FIVE)), FIVE, "numbers"),
    "synsets": ("\n".join(f"n0144076{n} {w}" for n, w in enumerate(FIVE)), FIVE, "numbers"),
    "underscores": ("\n".join(w.replace(" ", "_") for w in FIVE), FIVE, "underscores"),
    "Places365": ("/a/airport_terminal 2\n/b/bar 3\n", ["airport terminal", "bar"], ""),
    "numbers as words": ("3d printer\n4 leaf clover\n7up\nray\ntench", None, ""),
    "few numbers": ("1 tench\n2 ray", None, ""),
    "a comma in some": ("tench, fish\nray\nshark, great", None, ""),
    "a comma in two": ("tench, fish\nray, fish", None, ""),
    "snake_case in one": ("a_b\ntench\nray\nshark\nbass\ntrout\ncod", None, ""),
    "hashtag": ("#art\n#ray", None, ""),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_gives_its_words(tmp_path: Path, layout: str) -> None:
    """Or the lines as they stand, where nothing says that a part of them is layout."""
    text, expected, note = LAYOUTS[layout]
    words, notes = read(tmp_path, text)
    assert words == (text.split("\n") if expected is None else expected)
    assert bool(notes) == bool(note)
    assert note in " ".join(notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,1\nb,2\nc,3\n", r"a table of 2 columns \('a,1'\): name the column of words 'concept'"),
        ("# my words\ntench\n", "line 1: expected a word, found the comment '# my words'"),
        ('{"a": "b"}', "found other braces"),
        ("{tench: 0}", "neither JSON nor an index"),
        ("class,id\n1,2\n3.5,-4e2\n", "expected words in the column 'class', found numbers alone"),
        ("label;n\nn01440764;2\nn01443537;3\n", "in the column 'label', found numbers alone"),
        ('{"0": "dog", "0": "cat", "1": "car"}', "expected each key once, found '0' again"),
        ('{"dog": 0, "dog": 1}', "expected each key once, found 'dog' again"),
        ('[{"0": "dog", "0": "cat"}]', "expected each key once, found '0' again"),
        ("{0: 'dog', 0: 'cat', 1: 'car'}", "expected each key once, found '0' again"),
        ("{'dog': 0, 'dog': 1}", "expected each key once, found 'dog' again"),
        ("{1: 'dog', True: 'cat'}", "expected each key once, found '1' again"),
        ("{0: 'dog', [1]: 'cat'}", "neither JSON nor an index"),
        ('[["dog", "cat"], ["x"]]', r"entry 1: .* found the list \['dog', 'cat'\] of which 'dog'"),
        ('["x", ["n01440764", "tench", "Tinca"]]', "entry 2: .* of which 'tench' would be lost"),
        ('{"0": ["tench", "Tinca tinca"]}', "entry 1: expected one word, or an id and a word"),
        ('["x", [["dog"]]]', "entry 2: expected words, found"),
        ('["x", []]', "entry 2: expected words, found"),
        ("[1, 2]", "expected words, found '1' among them"),
        ('{"0": {"name": "tench"}}', "expected words, found"),
        ("[" * 3000 + "]" * 3000, "found"),
        ("{0: __import__('os').system('touch owned')}", "neither JSON nor an index"),
    ],
)
def test_other_layouts_are_refused_with_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(StudyError, match=said) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith("words.txt: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("words.json", '["dog",\n"cat",\n"x"'),
        ("words.txt", '["dog",\n"cat",\n"x"'),
        ("words.txt", '{"0": "dog",\n"1": "cat"'),
        ("words.json", "dog\ncat"),
        ("words.txt", "[[[["),
        ("words.txt", "['dog', 'cat'"),
    ],
)
def test_an_index_whose_end_is_missing_is_no_list_of_lines(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(StudyError, match="found braces that are neither JSON nor an index"):
        read_words(path)


def test_words_in_brackets_are_words(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("[rec] button\ndog\n(cat)\n")
    assert [word for _, word in read_words(path).located] == ["[rec] button", "dog", "(cat)"]
