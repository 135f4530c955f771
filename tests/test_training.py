"""Laws of the training: it resumes, repeats, and its weights are what the card says."""

import dataclasses
import hashlib
import itertools
import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from open_clip.tokenizer import SimpleTokenizer
from PIL import Image
from safetensors.torch import load_file

from study.architectures import ARCHITECTURES
from study.errors import StudyError
from study.miniature import world
from study.miniature.training import classifier, loop, model, quality, recipes, runs
from study.miniature.training.captions import CONTEXT, language, template_words
from study.miniature.training.card import FILES, WEIGHTS
from study.miniature.training.contrast import caption_loss, name_loss, word_loss
from study.miniature.training.export import half
from study.miniature.training.pictures import Pictures, batch_of, draw, drawn, world_digest
from study.miniature.training.tokens import MERGES_FILE, cut_merges
from study.resources import resource

TINY = recipes.Recipe(
    name="tiny",
    pictures={"object": 10, "scene": 8, "swatch": 6},
    clip=recipes.ClipRecipe(
        phases=(
            recipes.Phase(images=24, rate=1e-3, batch=12, scale=None, captions=8, negatives=4),
            recipes.Phase(images=12, rate=1e-3, batch=12, learns="pictures", words=1.0),
            recipes.Phase(images=12, rate=1e-3, batch=12, learns="vectors", names=1.0),
            recipes.Phase(images=12, rate=1e-3, batch=12, learns="texts"),
            recipes.Phase(
                images=12, rate=1e-3, batch=12, captions=4, masked_words=2, words=1.0, negatives=4
            ),
        ),
        width=4,
    ),
    object=recipes.ClassifierRecipe(cycles=(recipes.Cycle(16, 5), recipes.Cycle(16, 10)), batch=8),
    scene=recipes.ClassifierRecipe(cycles=(recipes.Cycle(16, 8),), batch=8),
)


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """A folder in which the pictures of the tiny recipe are drawn already."""
    folder = tmp_path_factory.mktemp("work")
    order(folder, folder).pictures()
    return folder


@pytest.fixture(scope="module")
def fixtures():
    return resource("fixtures/miniature")


@pytest.fixture(scope="module")
def card(fixtures):
    return json.loads((fixtures / "card.json").read_text(encoding="utf-8"))


def order(workdir, out, *, recipe=TINY, seed=3):
    return runs.Order(recipe=recipe, seed=seed, out=out, workdir=workdir, progress=False)


def trained(workdir, out, part, *, interrupted_at=None, **changes):
    """Train a part in a fresh place beside drawn pictures; return its state."""
    place = order(workdir, out, **changes)
    place.checkpoint(part).unlink(missing_ok=True)
    if interrupted_at is not None:
        runs.train_part(place, part, until=interrupted_at)
    return runs.train_part(place, part).state_dict()


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize(("part", "step"), [("clip", 1), ("clip", 3), ("object", 2)])
def test_interrupted_training_ends_with_the_weights_of_an_unbroken_one(
    workdir, tmp_path, part, step
):
    unbroken = trained(workdir, tmp_path / "a", part)
    broken = trained(workdir, tmp_path / "b", part, interrupted_at=step)
    assert same(unbroken, broken)


@pytest.mark.parametrize("part", ["clip", "scene"])
def test_weights_follow_from_the_seed(workdir, tmp_path, part):
    first = trained(workdir, tmp_path / "a", part)
    torch.manual_seed(99)
    np.random.seed(99)
    assert same(first, trained(workdir, tmp_path / "b", part))


def test_another_seed_gives_other_weights(workdir, tmp_path):
    pictures = order(workdir, tmp_path).pictures()
    networks = [classifier.build(5, seed=seed).state_dict() for seed in (1, 2)]
    assert not same(*networks)
    assert len(pictures) == sum(TINY.pictures.values())


def test_training_leaves_the_global_generator_alone(workdir, tmp_path):
    before = torch.get_rng_state()
    trained(workdir, tmp_path, "scene")
    assert torch.equal(before, torch.get_rng_state())


def test_checkpoint_of_another_order_is_refused(workdir, tmp_path):
    other = dataclasses.replace(
        TINY, scene=recipes.ClassifierRecipe(cycles=(recipes.Cycle(24, 8),), batch=8)
    )
    trained(workdir, tmp_path, "scene")
    with pytest.raises(StudyError, match="expected a checkpoint of this recipe, seed and world"):
        runs.train_part(order(workdir, tmp_path, recipe=other), "scene")


def test_loss_that_is_not_finite_stops_the_training(tmp_path):
    class Diverging:
        name, identity, steps = "diverging", "", 2
        module = torch.nn.Linear(1, 1)
        optimiser = torch.optim.SGD(module.parameters(), lr=0.1)

        def step(self, number):
            return math.nan

    with pytest.raises(StudyError, match="expected a finite loss, found nan at step 0"):
        loop.run(Diverging(), tmp_path / "checkpoint.pt", progress=False)


@given(steps=st.integers(1, 500), highest=st.floats(1e-5, 1))
def test_learning_rate_stays_within_its_bounds(steps, highest):
    rates = [loop.rate_at(step, steps, highest=highest) for step in range(steps)]
    assert all(0 < rate <= highest * (1 + 1e-12) for rate in rates)


def test_pictures_are_drawn_once_and_read_back_in_order(workdir, tmp_path):
    again = drawn(tmp_path, TINY.pictures, seed=3, progress=False)
    kept = order(workdir, tmp_path).pictures()
    assert np.array_equal(again.pixels, kept.pixels)
    assert np.array_equal(again.truth, kept.truth)
    assert [len(again.of(kind)) for kind in TINY.pictures] == list(TINY.pictures.values())


def test_truth_of_a_picture_is_the_worlds():
    pictures = draw(5, range(3))
    for row in range(3):
        picture = world.draw(5, row)
        shown = {world.TRUTHS[column] for column in np.flatnonzero(pictures.truth[row])}
        assert shown == picture.truth
        assert np.array_equal(pictures.pixels[row], picture.pixels)


@given(seed=st.integers(0, 2**32 - 1), shift=st.integers(0, 4))
def test_augmentation_only_moves_and_mirrors(seed, shift):
    pixels = np.arange(2 * 8 * 8 * 3, dtype=np.uint8).reshape(2, 8, 8, 3)
    rng = np.random.default_rng(seed)
    batch = batch_of(pixels, np.array([1, 0]), mean=(0,) * 3, std=(1,) * 3, rng=rng, shift=shift)
    for moved, source in zip(batch, pixels[[1, 0]], strict=True):
        values = (moved * 255).round().permute(1, 2, 0).reshape(-1, 3).to(torch.uint8).tolist()
        assert sorted(values) == sorted(source.reshape(-1, 3).tolist())


def test_batch_without_a_generator_shows_the_pictures_as_they_are():
    pixels = np.full((1, 4, 4, 3), 255, np.uint8)
    batch = batch_of(pixels, np.array([0]), mean=(0.5,) * 3, std=(0.25,) * 3)
    assert torch.equal(batch, torch.full((1, 3, 4, 4), 2.0))


def test_cut_tokenizer_segments_every_word_as_the_full_one(fixtures):
    full = SimpleTokenizer()
    cut = SimpleTokenizer(bpe_path=str(fixtures / "clip" / MERGES_FILE), context_length=CONTEXT)
    words = [word.concept for word in world.VOCABULARY] + list(template_words())
    for word in words:
        assert [cut.decoder[i] for i in cut.encode(word)] == [
            full.decoder[i] for i in full.encode(word)
        ]


def test_cut_keeps_only_merges_that_are_needed():
    assert cut_merges(["cat"]) == cut_merges(["cat", "cat"])
    assert len(cut_merges(["cat"])) < len(cut_merges(["cat", "lighthouse"]))


def test_end_token_is_the_highest_so_that_the_tower_finds_it(fixtures):
    cut = SimpleTokenizer(bpe_path=str(fixtures / "clip" / MERGES_FILE), context_length=CONTEXT)
    assert cut.eot_token_id == cut.vocab_size - 1


def test_short_texts_have_the_features_of_padded_ones(fixtures):
    clip, tokenizer = model.read(fixtures / "clip")
    words = [word.concept for word in world.VOCABULARY[:40]]
    padded = tokenizer(words)
    with torch.no_grad():
        short = model.encode_text(clip, padded[:, : int((padded > 0).sum(dim=1).max())])
        assert torch.allclose(short, clip.encode_text(padded, normalize=True), atol=1e-5)


def test_word_that_never_appears_is_true_of_nothing(fixtures):
    _, tokenizer = model.read(fixtures / "clip")
    words = language(tokenizer)
    matches = words.matches(np.ones((2, len(world.TRUTHS)), bool))
    never = [word.truth is None for word in world.VOCABULARY]
    assert np.array_equal(~matches[0], never)


def test_captions_say_only_what_is_true(fixtures):
    _, tokenizer = model.read(fixtures / "clip")
    words = language(tokenizer)
    rng = np.random.default_rng(0)
    for row in words.matches(draw(6, range(5)).truth):
        chosen = words.chosen(row, words.weights({}), rng)
        assert 1 <= len(chosen) <= 8
        assert row[chosen].all()
        assert len(set(words.column[chosen])) == len(chosen)


@given(seed=st.integers(0, 2**32 - 1))
def test_word_loss_equals_its_slow_reference(seed):
    rng = np.random.default_rng(seed)
    logits, matches = rng.normal(size=(4, 6)) * 3, rng.random((4, 6)) < 0.4
    weights, priors = rng.random(6) + 0.1, rng.normal(size=6)
    slow = 0.0
    for image in range(4):
        for word in range(6):
            odds = logits[image, word] + priors[word]
            chance = 1 / (1 + math.exp(-odds))
            said = chance if matches[image, word] else 1 - chance
            slow -= weights[word] * math.log(said) / 4
    fast = word_loss(*map(torch.from_numpy, (logits, matches, weights, priors)))
    assert float(fast) == pytest.approx(slow, rel=1e-5)


@given(seed=st.integers(0, 2**32 - 1))
def test_name_loss_equals_its_slow_reference(seed):
    rng = np.random.default_rng(seed)
    logits, matches = rng.normal(size=(4, 7)) * 3, rng.random((4, 7)) < 0.4
    weights, groups = rng.random(7) + 0.1, np.array([0, 1, 0, 1, 1, 0, -1])
    slow = 0.0
    for image, word in itertools.product(range(4), range(6)):
        if matches[image, word]:
            rivals = [
                math.exp(logits[image, other] - logits[image, word])
                for other in range(7)
                if groups[other] == groups[word] and not matches[image, other]
            ]
            slow += weights[word] * math.log1p(sum(rivals)) / 4
    fast = name_loss(*map(torch.from_numpy, (logits, matches, weights, groups)))
    assert float(fast) == pytest.approx(slow, rel=1e-5, abs=1e-9)


def test_pictures_are_enlarged_nearly_as_pillow_does_it():
    """Pillow rounds and clips to bytes between its two passes, so single pixels at edges differ."""
    pixels = draw(4, range(2)).pixels
    large = batch_of(pixels, np.arange(2), mean=(0,) * 3, std=(1,) * 3, size=96)
    for row in range(2):
        image = Image.fromarray(pixels[row]).resize((96, 96), Image.Resampling.BICUBIC)
        expected = torch.from_numpy(np.array(image)).permute(2, 0, 1) / 255
        error = (large[row] - expected).abs()
        assert error.mean() < 0.5 / 255
        assert (error > 1.5 / 255).float().mean() < 0.002
        assert error.max() < 12 / 255


def test_masked_captions_are_no_negatives():
    logits = torch.tensor([[1.0, 5.0], [0.0, 1.0]])
    known = torch.tensor([[False, True], [False, False]])
    plain = caption_loss(logits, torch.zeros_like(known))
    assert caption_loss(logits, known) < plain
    assert caption_loss(logits, torch.eye(2, dtype=torch.bool)) == plain


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(2, 30))
def test_auroc_counts_pairs(seed, size):
    rng = np.random.default_rng(seed)
    scores, truth = rng.integers(0, 5, size).astype(float), rng.random(size) < 0.5
    pairs = [(a > b) + (a == b) / 2 for a in scores[truth] for b in scores[~truth]]
    found = quality.auroc(scores, truth)
    assert found == pytest.approx(np.mean(pairs)) if pairs else math.isnan(found)


def test_recipes_scale_their_images_and_nothing_else():
    less = recipes.DEFAULT.scaled(0.5)
    assert [c.images for c in less.object.cycles] == [
        c.images // 2 for c in recipes.DEFAULT.object.cycles
    ]
    assert less.pictures == recipes.DEFAULT.pictures
    assert less.digest("clip") != recipes.DEFAULT.digest("clip")
    assert recipes.DEFAULT.scaled(1) == recipes.DEFAULT


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_every_step_has_one_place_in_the_stretches(lengths):
    places = [loop.place(number, lengths) for number in range(sum(lengths))]
    assert places == [(i, k) for i, length in enumerate(lengths) for k in range(length)]


def test_calibration_sets_statistics_and_nothing_else(workdir, tmp_path):
    pictures = order(workdir, tmp_path).pictures()
    network, untouched = classifier.build(4, seed=1), classifier.build(4, seed=1)
    classifier.calibrate(network, pictures)
    changed = {
        name.rpartition(".")[2]
        for (name, a), b in zip(
            network.state_dict().items(), untouched.state_dict().values(), strict=True
        )
        if not torch.equal(a, b)
    }
    assert changed == {"running_mean", "running_var", "num_batches_tracked"}
    first = network.conv1(
        batch_of(
            pictures.pixels, np.arange(len(pictures)), mean=classifier.MEAN, std=classifier.STD
        )
    )
    assert torch.allclose(network.bn1.running_mean, first.mean(dim=(0, 2, 3)), atol=1e-5)


def test_untrained_control_is_calibrated_to_the_world(fixtures):
    network = quality.read_classifier(fixtures / "untrained.safetensors", len(world.OBJECTS))
    pictures = draw(12, range(60))
    means, spreads = [], []

    def note(_, __, output):
        means.append(output.mean(dim=(0, 2, 3)))
        spreads.append(output.std(dim=(0, 2, 3)))

    hooks = [
        module.register_forward_hook(note)
        for module in network.modules()
        if isinstance(module, torch.nn.BatchNorm2d)
    ]
    classifier.predict(network, pictures)
    for hook in hooks:
        hook.remove()
    assert torch.cat(means).abs().mean() < 0.15
    assert abs(torch.cat(spreads).mean() - 1) < 0.15


def test_untrained_control_is_not_trained(fixtures):
    state = load_file(fixtures / "untrained.safetensors")
    norms = [name for name in state if name.endswith(("bn1.weight", "bn2.weight"))]
    assert norms
    assert all((state[name] == 1).all() for name in norms)


def test_half_precision_keeps_counters_and_single_numbers_and_repeats():
    state = {"a": torch.ones(2), "n": torch.tensor(3), "scale": torch.tensor(4.605170)}
    assert half(state, note={"x": 1, "y": 2}) == half(dict(state), note={"y": 2, "x": 1})
    from safetensors.torch import load

    kept = load(half(state))
    assert (kept["a"].dtype, kept["n"].dtype, kept["scale"].dtype) == (
        torch.float16,
        torch.int64,
        torch.float32,
    )


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_architecture_keeps_torchvisions_names(name):
    network = ARCHITECTURES[name](7)
    names = [child for child, _ in network.named_children()]
    assert names == [
        "conv1",
        "bn1",
        "relu",
        "maxpool",
        "layer1",
        "layer2",
        "layer3",
        "layer4",
        "avgpool",
        "fc",
    ]
    assert network(torch.zeros(2, 3, 64, 64)).shape == (2, 7)


def test_files_are_those_of_the_card(fixtures, card):
    assert set(card["files"]) == set(FILES)
    for name, entry in card["files"].items():
        data = (fixtures / name).read_bytes()
        assert len(data) == entry["bytes"]
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]


def test_weights_fit_into_eight_megabytes_of_half_precision(fixtures):
    assert sum((fixtures / name).stat().st_size for name in WEIGHTS) <= 8_000_000
    for name in WEIGHTS:
        kinds = {t.dtype for t in load_file(fixtures / name).values() if t.ndim}
        assert kinds == {torch.float16}


def test_card_is_of_this_world(card):
    assert card["world"] == world_digest()
    assert card["classes"] == {"object": list(world.OBJECTS), "scene": list(world.SCENES)}


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(StudyError, match=r"expected open_clip_config.json in it"):
        model.read(tmp_path)
    with pytest.raises(StudyError, match=r"object.safetensors"):
        quality.read_classifier(tmp_path / "object.safetensors", 3)


def test_weights_that_did_not_come_in_are_noticed(fixtures, tmp_path, monkeypatch):
    for name in (model.CONFIG_FILE, model.WEIGHTS_FILE, MERGES_FILE):
        (tmp_path / name).write_bytes((fixtures / "clip" / name).read_bytes())
    build = model.open_clip.create_model
    monkeypatch.setattr(
        model.open_clip, "create_model", lambda name: build(name, load_weights=False)
    )
    with pytest.raises(StudyError, match="found other numbers"):
        model.read(tmp_path)


def test_committed_weights_see_what_the_card_says(fixtures, card):
    found = quality.measure(fixtures, seed=quality.FRESH_SEED + 1, count=300)
    stated = card["quality"]
    assert found["clip"]["logit_scale"] == pytest.approx(100, rel=1e-4)
    assert found["clip"]["auroc"]["all"] == pytest.approx(stated["clip"]["auroc"]["all"], abs=0.03)
    pairs = [
        (found["clip"]["zero_shot"][kind], stated["clip"]["zero_shot"][kind])
        for kind in ("object", "scene")
    ]
    pairs += [(found[kind]["accuracy"], stated[kind]["accuracy"]) for kind in ("object", "scene")]
    for here, there in pairs:
        # Four standard errors of a share among some 90 pictures.
        assert abs(here - there) <= 4 * math.sqrt(max(there * (1 - there), 0.01) / 90)


def test_pictures_survive_writing(tmp_path):
    pictures = draw(8, range(2))
    pictures.write(tmp_path / "pictures.npz")
    again = Pictures.read(tmp_path / "pictures.npz")
    assert np.array_equal(again.pixels, pictures.pixels)
    assert np.array_equal(again.label, pictures.label)
