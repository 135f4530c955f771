"""The mutation check counts correctly: a surviving mutant is not counted as killed."""

from tests.mutation.__main__ import share, table, verdict

STATES = {
    "study/a.py": {"a1": "killed", "a2": "survived", "a3": "timeout", "a4": "no tests"},
    "study/b.py": {"b1": "killed"},
}


def test_the_table_can_be_checked_on_paper():
    assert [line.split() for line in table(STATES).splitlines()] == [
        ["mutants", "killed", "alive", "share"],
        ["study/a.py", "4", "2", "2", "50.0%"],
        ["study/b.py", "1", "1", "0", "100.0%"],
        ["all", "5", "3", "2", "60.0%"],
    ]


def test_nine_of_ten_are_enough_and_less_or_nothing_is_not():
    nine = {f"m{n}": "killed" for n in range(9)}
    assert verdict({"x.py": {**nine, "m9": "survived"}}) == 0
    assert verdict({"x.py": {**nine, "m9": "survived", "m10": "no tests"}}) == 1
    assert verdict(STATES) == 1
    assert verdict({}) == 1
    assert share(["killed", "survived"]) == 0.5
