"""What is said of single units: best concepts, histograms, places, neighbours, pictures, maps."""

import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from study.command import add_run_options
from study.dissection.best_table import RANKS
from study.dissection.loaded import read_output
from study.dissection.run_files import table_digest
from study.errors import StudyError
from study.inputs.settings import with_overrides
from study.inputs.study_file import read_study
from study.labelling.scoring import best_labels, leading
from study.pipeline.cards import making
from study.pipeline.cards.maps import Grid, in_bytes, spread
from study.pipeline.cards.pixels import WebPs
from study.pipeline.cards.tiles import TILE
from study.pipeline.units import neighbours as searching
from study.pipeline.units import profiles as profiling
from study.pipeline.units import standard as standards
from study.pipeline.units.neighbours import Side, neighbours
from study.pipeline.units.profiles import histograms, places, profiles
from tests import reference
from tests.small_study import change, contents, run

TABLES = ("best", "profiles", "neighbours")


@st.composite
def layer(draw, images):
    """Activations of a layer, few values so that ties are common, and which units are live."""
    units = draw(st.integers(1, 7))
    kinds = st.sampled_from([-1.5, 0.0, 0.0, 1.0, 2.5])
    cells = draw(st.lists(kinds, min_size=images * units, max_size=images * units))
    values = np.array(cells, np.float32).reshape(images, units)
    return values, values.max(axis=0) != values.min(axis=0)


@st.composite
def networks(draw, count):
    images = draw(st.integers(2, 9))
    return [
        {f"l{n}": draw(layer(images)) for n in range(draw(st.integers(1, 3)))} for _ in range(count)
    ]


def side(network, digest):
    values = {name: activations for name, (activations, _) in network.items()}
    return Side(digest, values, {name: live for name, (_, live) in network.items()})


def slow(network):
    return {name: (values, np.flatnonzero(live)) for name, (values, live) in network.items()}


@given(networks(2), st.booleans(), st.integers(1, 40))
def test_neighbours_are_those_of_the_definition(pair, itself, numbers):
    """Whatever the size of blocks; of equal correlations, the first layer and unit."""
    own, other = pair[0], pair[0] if itself else pair[1]
    if itself or len(next(iter(own.values()))[0]) == len(next(iter(other.values()))[0]):
        first = side(own, "own")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(searching, "_NUMBERS", numbers)
            patch.setattr(standards, "BLOCK", 2)
            found = neighbours(first, first if itself else side(other, "other"))
        rows = [
            (r.layer, r.unit, r.rank, r.other_layer, r.other_unit, r.correlation) for r in found
        ]
        assert rows == reference.neighbours(slow(own), slow(other), itself=itself)
        assert {r.other for r in found} <= {"own" if itself else "other"}


@pytest.mark.parametrize("seed", range(4))
def test_no_neighbour_depends_on_the_last_digits_of_single_precision(seed, monkeypatch):
    """Another number of threads adds in another order; of two equal units the first is ranked."""
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(400, 90)).astype(np.float32)
    values[:, 60:] = values[:, :30]
    live = np.ones(90, bool)
    own = Side("own", {"l": values}, {"l": live})
    plain, rounded = neighbours(own, own), searching.standard32

    def noisy(some, units):
        noise = draw.normal(size=(len(some), len(units)), scale=1e-6)
        return rounded(some, units) + noise.astype(np.float32)

    monkeypatch.setattr(searching, "standard32", noisy)
    assert neighbours(own, own) == plain
    monkeypatch.setattr(searching, "_MARGIN", -1e-9)
    assert neighbours(own, own) != plain


@given(st.integers(2, 30).flatmap(layer), st.integers(1, 8))
def test_a_histogram_counts_every_image_once(drawn, block):
    values, live = drawn
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profiling, "BLOCK", block)
        rows = profiles("l", values, live)
        counts = histograms(values, np.flatnonzero(live))
    assert [row.unit for row in rows] == np.flatnonzero(live).tolist()
    for row, count in zip(rows, counts.tolist(), strict=True):
        own = values[:, row.unit]
        assert row.counts == tuple(count) == tuple(reference.histogram(own))
        assert (sum(row.counts), row.low, row.high) == (len(values), own.min(), own.max())
        assert (row.x is None) == (row.y is None) == (live.sum() < 3)


@pytest.mark.parametrize("seed", range(6))
def test_places_are_the_principal_coordinates(seed):
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(40, 3)) @ draw.normal(size=(3, 11)) + draw.normal(size=(40, 11)) / 3
    values = values.astype(np.float32)
    values[:, 4] = 7
    rows = profiles("l", values, np.arange(11) != 4)
    found = np.array([(row.x, row.y) for row in rows])
    expected = reference.places(values, [row.unit for row in rows])
    for axis, own in zip(expected.T, found.T, strict=True):
        sign = np.sign(axis[np.abs(axis).argmax()])
        assert own == pytest.approx(sign * axis, abs=0.51e-4)
        assert own[np.abs(own).argmax()] > 0
    assert np.abs(found.sum(axis=0)).max() < 11e-4


def test_equal_axes_have_one_answer_whatever_basis_the_library_returns(monkeypatch):
    """Four units as unlike as can be: every pair of axes of their space is principal."""
    plain, solve = places(np.eye(4)), np.linalg.eigh
    assert plain is not None
    assert plain[:, 0].tolist() == [0.866, -0.2887, -0.2887, -0.2887]

    def turned(matrix):
        values, vectors = solve(matrix)
        turn, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))
        vectors[:, 1:] = vectors[:, 1:] @ turn
        return values, vectors

    monkeypatch.setattr(np.linalg, "eigh", turned)
    assert places(np.eye(4)).tolist() == plain.tolist()
    monkeypatch.setattr(profiling, "_chosen", lambda basis, count: list(basis.T[:count]))
    assert places(np.eye(4)).tolist() != plain.tolist()


def test_alike_and_few_units_have_places_or_none():
    assert places(np.ones((3, 3))).tolist() == [[0, 0]] * 3
    assert places(np.eye(2)) is None
    line = places(np.array([[1, 1, -1], [1, 1, -1], [-1, -1, 1.0]]))
    assert line.tolist() == [[-0.6667, 0], [-0.6667, 0], [1.3333, 0]]


@given(st.integers(1, 5), st.integers(1, 8), st.integers(0, 2**32))
def test_leading_concepts_are_in_order_and_the_first_of_equals(units, concepts, seed):
    scores = np.random.default_rng(seed).integers(-4, 0, (units, concepts)).astype(np.float32)
    order = leading(scores, RANKS)
    expected = [sorted(range(concepts), key=lambda c, row=row: (-row[c], c)) for row in scores]
    assert order.tolist() == [row[:RANKS] for row in expected]
    words = list(map(str, range(concepts)))
    assert order[:, 0].tolist() == best_labels(scores, words).indices.tolist()


@given(
    st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6)),
    st.integers(0, 2**32),
    st.floats(1e-3, 1e3),
)
def test_maps_in_bytes_give_the_overlays_scaled_values(shape, seed, scale):
    """Within half a step of 1/255, at every pixel that a page spreads them over."""
    values = np.random.default_rng(seed).normal(size=shape).astype(np.float32) * np.float32(scale)
    grid, size = Grid(3.5, 8, 1.0, 6), (48, 40)
    kept = in_bytes(("l", 3), values, grid, size)
    bytes_ = np.frombuffer(kept.values, np.uint8).reshape(kept.images, kept.rows, kept.columns)
    assert bytes_.shape == shape
    span = kept.high - kept.low
    tile = grid.scaled(size, TILE)
    on_page = Grid(
        kept.top * TILE - 0.5, kept.down * TILE, kept.left * TILE - 0.5, kept.right * TILE
    )
    assert on_page.top == pytest.approx(tile.top)
    assert on_page.right == pytest.approx(tile.right)
    for cells, own in zip(bytes_, values, strict=True):
        shown = spread(cells.astype(np.float32) / 255, on_page, (TILE, TILE))
        plain = (spread(own, tile, (TILE, TILE)) - kept.low) / span if span else 0 * shown
        assert np.abs(shown - plain).max() <= 0.5 / 255 + 1e-4


def test_flat_maps_are_dark_and_others_left_out():
    grid = Grid(0, 1, 0, 1)
    flat = in_bytes(("l", 0), np.full((1, 2, 2), 3, np.float32), grid, (2, 2))
    assert (flat.values, flat.low, flat.high) == (bytes(4), 3.0, 3.0)
    broken = np.array([[[1, np.inf]]], np.float32)
    assert in_bytes(("l", 0), broken, grid, (2, 2)) is None
    assert in_bytes(("l", 0), np.zeros((2, 1024, 1024), np.float32), grid, (2, 2)) is None


def test_a_picture_is_encoded_once():
    webps = WebPs()
    picture = np.full((64, 64, 3), 200, np.uint8)
    assert webps.of(picture) is webps.of(picture.copy())
    assert webps.of(picture) != webps.of(picture[:32])
    assert len(webps.known) == 2
    shown = np.asarray(Image.open(io.BytesIO(webps.of(picture))).convert("RGB"), dtype=int)
    assert np.abs(shown - 200).max() <= 3


def test_the_tables_of_a_run_agree_with_one_another(study):
    """Best with labels, profiles with live units, neighbours with networks, maps with cards."""
    out = run(study)
    _, (one, other) = read_output(out)
    for own, searched in ((one, {one.digest}), (other, {one.digest, other.digest})):
        frame = own.labels
        live = {(r.layer, r.unit): r for r in frame[frame["dead"] == 0].itertuples()}
        first = [row for row in own.best if row.rank == 1]
        assert [(row.layer, row.unit) for row in first] == list(live)
        described = {
            (layer.name, unit): (label, value)
            for layer in own.dissection.layers
            for unit, label, value in layer.rows()
        }
        for row in first:
            assert described[row.layer, row.unit] == (row.label, row.similarity)
        second = [row.label for row in own.best if row.rank == 2]
        assert second == [row.runner_up for row in live.values()]
        assert max(row.rank for row in own.best) == RANKS
        assert [(row.layer, row.unit) for row in own.profiles] == list(live)
        assert {sum(row.counts) for row in own.profiles} == {40}
        assert {row.other for row in own.neighbours} == searched
        assert len(own.neighbours) == 3 * len(live) * len(searched)
        assert not any(
            (row.layer, row.unit) == (row.other_layer, row.other_unit)
            for row in own.neighbours
            if row.other == own.digest
        )
        names = [image.name for card in own.cards.values() for image in card.images]
        assert list(own.pictures()) == list(dict.fromkeys(names))
        assert list(own.maps()) == list(own.cards)
        for unit, maps in own.maps().items():
            assert maps.images == len(own.cards[unit].images) == 2
    assert one.digest == table_digest((out / "one" / "descriptions.csv").read_bytes())


def test_maps_are_what_the_cards_were_drawn_from(study, monkeypatch):
    """The overlay's own scale runs over the tile's pixels; the maps' runs over their cells."""
    drawn, strip = [], making.tiles.strip

    def kept(pictures, maps):
        drawn.append(np.stack(maps))
        return strip(pictures, maps)

    monkeypatch.setattr(making.tiles, "strip", kept)
    _, runs = read_output(run(study))
    maps = [maps for own in runs for maps in own.maps().values()]
    assert len(maps) == len(drawn) > 100
    for own, spread_maps in zip(maps, drawn, strict=True):
        cells = np.frombuffer(own.values, np.uint8).reshape(own.images, own.rows, own.columns)
        values = own.low + cells / 255 * (own.high - own.low)
        grid = Grid(own.top * TILE - 0.5, own.down * TILE, own.left * TILE - 0.5, own.right * TILE)
        again = [spread(each.astype(np.float32), grid, (TILE, TILE)) for each in values]
        low, high = spread_maps.min(), spread_maps.max()
        if high > low:
            shares = (np.stack(again) - low) / (high - low), (spread_maps - low) / (high - low)
            assert np.abs(np.subtract(*shares)).max() <= 1 / 255


def test_larger_pictures_change_nothing_else_and_are_kept(study, monkeypatch):
    plain = contents(run(study, "plain"))
    change(study, "cards = 2", "cards = 2\npicture_size = 200")
    first = run(study, "first")
    larger = contents(first)
    changed = {name for name in plain if plain[name] != larger[name]}
    pictures = {"one/pictures.csv", "other/pictures.csv"}
    assert changed == pictures | {"manifest.json", "one/manifest.json", "other/manifest.json"}
    _, runs = read_output(first)
    sizes = {Image.open(io.BytesIO(data)).size for own in runs for data in own.pictures().values()}
    assert sizes == {(200, 200)}
    monkeypatch.setattr(making, "batches", lambda *_, **__: pytest.fail("looked at again"))
    monkeypatch.setattr(making, "SHARD", 7)
    assert contents(run(study, "again")) == larger


def test_pictures_of_one_size_are_not_taken_for_those_of_another(study):
    change(study, "cards = 2", "cards = 2\npicture_size = 100")
    run(study, "first")
    change(study, "picture_size = 100", "picture_size = 120")
    for own in read_output(run(study))[1]:
        sizes = {Image.open(io.BytesIO(data)).size for data in own.pictures().values()}
        assert sizes == {(120, 120)}


def test_damaged_larger_pictures_are_looked_at_again(study):
    change(study, "cards = 2", "cards = 2\npicture_size = 100")
    whole = contents(run(study))
    for path in (study / "store" / "pictures").rglob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:-9])
    assert contents(run(study, "again")) == whole


def test_networks_without_cards_have_tables_of_units_and_no_pictures(study):
    change(study, "cards = 2", "cards = 0")
    change(study, 'role = "control"', 'role = "twin"\nof = "One"')
    out = run(study)
    for own in read_output(out)[1]:
        assert all(getattr(own, table) for table in TABLES)
        assert not {"pictures.csv", "maps.csv", "cards.csv"} & set(own.files)
    twin = read_output(out)[1][1]
    assert len({row.other for row in twin.neighbours}) == 2


def test_dead_units_are_in_none_of_the_tables(study):
    """One photo forty times: every unit is dead."""
    photo = (study / "photos" / "00.png").read_bytes()
    for path in (study / "photos").rglob("*.png"):
        path.write_bytes(photo)
    for own in read_output(run(study))[1]:
        assert {f"{table}.csv" for table in TABLES} <= set(own.files)
        assert not any(getattr(own, table) for table in TABLES)
        assert (own.pictures(), own.maps()) == ({}, {})


def test_few_concepts_are_all_named(study):
    (study / "words.txt").write_text("red\ngreen\nblue\n")
    [best, *_] = [own.best for own in read_output(run(study))[1]]
    assert [row.rank for row in best[:6]] == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize("size", ["63", "513", "0", "-96", "9.5", "large", ""])
def test_an_impossible_size_of_pictures_is_refused(study, size, capsys):
    import argparse

    parser = argparse.ArgumentParser()
    add_run_options(parser)
    with pytest.raises(SystemExit) as refused:
        parser.parse_args(["--picture-size", size])
    assert refused.value.code == 2
    assert "expected a whole number from 64 to 512" in capsys.readouterr().err
    change(study, "cards = 2", f"cards = 2\npicture_size = {json.dumps(size)}")
    with pytest.raises(StudyError, match=r"\[measures\] picture_size: expected an integer from 64"):
        read_study(str(study / "study.toml"))


def test_the_command_goes_before_the_study(study):
    change(study, "cards = 2", "cards = 2\npicture_size = 128")
    stated = read_study(str(study / "study.toml"))
    assert stated.measures.picture_size == 128
    assert with_overrides(stated, picture_size=None) == stated
    assert with_overrides(stated, picture_size=64).measures.picture_size == 64
