"""Figures draw what they are given: no more, no less, and the same bytes every time."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot

import study
from study.dissection.run import Run
from study.dissection.table import Dissection, Layer
from study.errors import StudyError
from study.report import charts
from study.report.bindings import figure_texts
from study.report.charts import shown

COUNTS = np.array([[3.0, 0.0], [12.0, 7.0]])


def heatmap(counts=COUNTS, *, rows="ab", columns="cd", largest=12, **options):
    names = {"rows": list(rows), "columns": list(columns)}
    keys = [[f"{row}.{column}" for column in columns] for row in rows]
    return charts.heatmap(np.array(counts), largest=largest, **{"keys": keys, **names, **options})


def overlaps(values, **options):
    absent = {band: [None] * len(values) for band in ("null", "ceiling", "interval")}
    names = {"categories": ["l2", "l3"], "keys": ["j", "k"]}
    return charts.overlaps(values, **{**absent, **names, **options})


def venn(regions, names, **options):
    return charts.venn(regions, names=names, keys={key: key for key in regions}, **options)


def texts(ax):
    return figure_texts(charts.to_svg(ax.figure, "x"))


def numbers(ax):
    return {key[2:]: text for key, text in texts(ax) if key.startswith("n:")}


def test_a_heatmap_writes_every_count_but_zero_under_its_key():
    ax = heatmap(keys=[["a.0", None], ["a.1", "b.1"]])
    assert numbers(ax) == {"a.0": "3", "a.1": "12", "b.1": "7"}
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first row is the upper one


def test_equal_counts_have_equal_shades_in_heatmaps_of_one_scale():
    shades = []
    for counts in ([5.0, 1.0], [20.0, 5.0]):
        mesh = heatmap([counts], rows="w", largest=20).collections[0]
        mesh.update_scalarmappable()
        shades.append(dict(zip(counts, mesh.get_facecolor().tolist(), strict=True)))
    assert shades[0][5.0] == shades[1][5.0]


@settings(max_examples=12)
@given(st.lists(st.integers(0, 400), min_size=3, max_size=3))
def test_the_venn_of_two_prints_every_region_that_is_not_empty(sizes):
    regions = dict(zip(("10", "01", "11"), sizes, strict=True))
    shown = {label.get_gid(): label.get_text() for label in venn(regions, ("A", "B")).texts}
    for region, size in regions.items():
        assert (shown.get(f"n:{region}") == f"{size:,}") == (size > 0)


def test_the_names_of_equal_sets_stand_side_by_side():
    ax = charts.new_figure(16.6, 6).add_subplot()
    venn({"10": 0, "01": 0, "11": 5}, ["m" * 22, "n" * 22], ax=ax)
    ax.figure.draw_without_rendering()
    left, right = (
        next(text for text in ax.texts if text.get_gid() == f"t:set{i}").get_window_extent()
        for i in (0, 1)
    )
    assert left.x1 + 5 < right.x0


@pytest.mark.parametrize("names", [["layer2", "layer3"], ["layer4.1.conv2", "layer4.1.conv1"]])
def test_names_of_columns_have_room(names):
    figure = charts.new_figure(7.4, 4)
    ax = heatmap(columns=names, ax=figure.add_subplot())
    figure.draw_without_rendering()
    labels = ax.get_xticklabels()
    slanted = {label.get_rotation() != 0 for label in labels}
    assert slanted == {len(names[0]) > 10}
    ends = [label.get_window_extent() for label in labels]
    assert slanted == {True} or ends[0].x1 < ends[1].x0


def test_a_full_overlap_is_drawn_inside_its_axes():
    assert overlaps([0.5, 1.0], null=[(0.3, 0.9), (1.0, 1.0)]).get_ylim()[1] > 1.0


def test_a_venn_of_nothing_says_so():
    ax = venn({"10": 0, "01": 0, "11": 0}, ("A", "B"))
    assert [text.get_text() for text in ax.texts] == ["no concepts"]


def test_the_venn_of_three_keeps_regions_apart():
    regions = {f"{i:03b}": i * 10 for i in range(1, 8)}
    shown = numbers(venn(regions, ("A", "B", "C")))
    assert {key: int(text) for key, text in shown.items()} == regions


def test_series_are_drawn_in_their_own_place_with_their_own_look():
    values = np.array([[1.0, 2.0], [30.0, np.nan]])
    ax = charts.bars(values, categories=["x", "y"], keys=[["a", "b"], ["c", "d"]])
    assert [bar.get_height() for bar in ax.patches] == [1, 2, 30]
    assert len({(bar.get_facecolor(), bar.get_hatch()) for bar in ax.patches}) == 2
    assert {bar.get_hatch() for bar in ax.patches[:2]} != {ax.patches[2].get_hatch()}
    assert numbers(ax) == {"a": "1", "b": "2", "c": "30"}


@pytest.mark.parametrize("horizontal", [False, True])
def test_intervals_span_from_low_to_high(horizontal):
    errors = np.array([[[0.1, np.nan]], [[0.4, np.nan]]])
    names = ["x", "y"]
    values = np.array([[0.2, 0.3]])
    ax = charts.bars(values, categories=names, errors=errors, horizontal=horizontal)
    (line,) = ax.lines
    assert list(line.get_xdata() if horizontal else line.get_ydata()) == [0.1, 0.4]


def test_the_overlap_stands_on_its_null_and_under_its_ceiling():
    ax = overlaps(
        [0.3, np.nan],
        null=[(0.2, 0.25), None],
        ceiling=[(0.5, 0.6), None],
        independent=[0.05, None],
    )
    band = ax.patches[0]
    assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx((0.2, 0.25))
    assert numbers(ax) == {"j": "0.300"}
    heights = {float(y) for line in ax.lines for y in np.atleast_1d(line.get_ydata())}
    assert {0.05, 0.5, 0.6} <= heights
    assert ax.get_ylim()[0] == 0
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named == ["observed", "null", "with itself", "independent draws"]


def test_cumulative_shares_are_of_the_units_at_or_above_an_edge():
    ax = charts.cumulative(np.array([0.0, 0.5, 1.0]), np.array([[1, 3], [0, 0], [4, 0]]))
    lines = [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in ax.lines]
    assert lines == [([0, 0.5, 1], [1, 0.75, 0]), ([0, 0.5, 1], [1, 0, 0])]  # none of nothing


@pytest.mark.parametrize("largest", [1, 3, 9, 13])
def test_axes_of_counts_have_ticks_at_whole_numbers(largest):
    count, names = np.array([[largest]]), {"categories": ["c"], "keys": [["k"]]}
    for ticks in (
        charts.bars(count, horizontal=True, **names).get_xticks(),
        charts.bars(count, **names).get_yticks(),
    ):
        assert all(float(tick).is_integer() for tick in ticks)
    shares = charts.bars(np.array([[0.3]]), categories=["c"])
    assert not all(float(tick).is_integer() for tick in shares.get_yticks())


def test_words_stay_words_whatever_they_look_like():
    words = ["$\\alpha$", "<b>&", "=1+1", "שלום"]
    ax = heatmap(np.ones((4, 1)), rows=words, columns="l")
    assert [text for key, text in texts(ax) if key.startswith("t:y")] == words


def test_equal_data_give_equal_bytes_without_date_or_folder():
    svg, again = (charts.to_svg(heatmap().figure, "same") for _ in range(2))
    assert svg == again
    assert b"<dc:date>" not in svg
    assert not re.search(rb"/(home|root|tmp|work)/", svg)


def test_drawing_leaves_matplotlib_as_it_was():
    import matplotlib

    before = dict(matplotlib.rcParams)
    with charts.style():
        charts.to_svg(heatmap().figure, "x")
    assert dict(matplotlib.rcParams) == before


def test_a_flattened_figure_keeps_what_is_drawn():
    svg = charts.to_svg(heatmap(rows=["$\\alpha$", "שלום"]).figure, "x")
    flat = charts.flattened(svg)
    assert [text for _, text in figure_texts(flat)] == [text for _, text in figure_texts(svg)]
    assert flat.count(b"path") == svg.count(b"path")
    assert flat.count(b"clip-path") == svg.count(b"clip-path")
    assert b'"t:' not in flat


SHOWN = {
    "venn": lambda pair, runs, ax: shown.venn(pair, ax=ax),
    "overlaps": lambda pair, runs, ax: shown.overlaps(pair, ax=ax),
    "families": lambda pair, runs, ax: shown.families(*runs, ax=ax),
    "bars": lambda pair, runs, ax: shown.bars(runs[0], ax=ax),
    "heatmap": lambda pair, runs, ax: shown.heatmap(runs[0], ax=ax),
    "similarities": lambda pair, runs, ax: shown.similarities(*runs, layer="layer3", ax=ax),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_chart_of_the_api_is_drawn_where_it_is_told_and_leaves_nothing_open(name):
    runs = shown.sample()
    pair = study.compare(*runs)
    figure = charts.new_figure(24, 12)
    place = figure.subplots(1, 2)[1]
    assert SHOWN[name](pair, runs, place) is place
    assert SHOWN[name](pair, runs, None).figure is not figure
    assert pyplot.get_fignums() == []


def test_charts_of_the_api_draw_the_counts_and_words_of_any_kind():
    odd = ("$x$", "a" * 90, "飛行機", "=1+1")
    layer = Layer("l", odd + odd[:2], [0.1] * 6)
    run = Run(Dissection("N$_1$", (layer,)))
    ax = shown.bars(run, layer="l")
    assert [patch.get_width() for patch in ax.patches] == [2, 2, 1, 1]
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert "$x$" in names
    assert max(map(len, names)) <= 22
    assert not any(label.get_parse_math() for label in ax.get_yticklabels())
    shares = shown.families(run, categories={"$x$": "odd", "=1+1": "even"})
    assert [label.get_text() for label in shares.get_yticklabels()] == ["even", "odd", "unknown"]
    assert [patch.get_width() for patch in shares.patches] == pytest.approx([1 / 6, 2 / 6, 3 / 6])


def test_a_chart_of_what_is_not_there_is_one_line():
    runs = shown.sample()
    bare = Run(Dissection("Bare", (Layer("layer3", ("a",), np.array([np.nan]), scored=False),)))
    with pytest.raises(StudyError, match="expected one of the layers layer3, layer4, found 'l'"):
        shown.bars(runs[0], layer="l")
    with pytest.raises(StudyError, match="'Bare' holds no similarities"):
        shown.similarities(bare, layer="layer3")
    with pytest.raises(StudyError, match="at least one dissection"):
        shown.families()
