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
from safetensors.torch import load, load_file

from study.errors import StudyError
from study.files.folders import resource
from study.miniature import world
from study.miniature.training import classifier, clip_folder, evaluation, loop, order, recipes
from study.miniature.training.captions import CONTEXT, language, template_words
from study.miniature.training.contrast import caption_loss, name_loss, word_loss
from study.miniature.training.drawn_pictures import batch_of, draw, drawn, world_digest
from study.miniature.training.model_card import FILES, WEIGHTS, page

TINY = recipes.Recipe(
    pictures={"object": 10, "scene": 8, "swatch": 6},
    clip=recipes.ClipRecipe(
        phases=(
            recipes.Phase(images=24, rate=1e-3, batch=12, captions=8, negatives=4),
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
UNCHANGED = (0,) * 3, (1,) * 3


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """A folder in which the pictures of the tiny recipe are drawn already."""
    folder = tmp_path_factory.mktemp("work")
    order_of(folder, folder).pictures()
    return folder


@pytest.fixture(scope="module")
def fixtures():
    return resource("fixtures/miniature")


@pytest.fixture(scope="module")
def card(fixtures):
    return json.loads((fixtures / "card.json").read_text(encoding="utf-8"))


def order_of(workdir, out, *, recipe=TINY, seed=3):
    return order.Order(recipe=recipe, seed=seed, out=out, workdir=workdir)


def trained(workdir, out, part, **changes):
    """Train a part without a checkpoint, on pictures drawn before; return its state."""
    job = order_of(workdir, out, **changes)
    (workdir / f"{job.seed}-{part}.pt").unlink(missing_ok=True)
    return order.train_part(job, part).state_dict()


def cut_tokenizer(fixtures):
    merges = str(fixtures / "clip" / clip_folder.MERGES_FILE)
    return SimpleTokenizer(bpe_path=merges, context_length=CONTEXT)


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize(("part", "step"), [("clip", 1), ("clip", 3), ("object", 2)])
def test_interrupted_training_ends_with_the_weights_of_an_uninterrupted_one(
    workdir, tmp_path, monkeypatch, part, step
):
    unbroken = trained(workdir, tmp_path / "a", part)
    take = loop.Task.step

    def interrupted(task, number):
        if number == step:
            raise KeyboardInterrupt
        return take(task, number)

    monkeypatch.setattr(loop, "_CHECKPOINT_SECONDS", 0)
    monkeypatch.setattr(loop.Task, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained(workdir, tmp_path / "b", part)
    resumed = []
    monkeypatch.setattr(loop.Task, "step", lambda *args: resumed.append(args[1]) or take(*args))
    assert same(unbroken, order.train_part(order_of(workdir, tmp_path / "b"), part).state_dict())
    assert resumed[0] == step


@pytest.mark.parametrize("part", ["clip", "scene"])
def test_weights_follow_from_the_seed_alone(workdir, tmp_path, part):
    before = torch.get_rng_state()
    first = trained(workdir, tmp_path / "a", part)
    assert torch.equal(before, torch.get_rng_state()), "the global generator is left alone"
    torch.manual_seed(99)
    np.random.seed(99)
    assert same(first, trained(workdir, tmp_path / "b", part))
    assert not same(*(classifier.build(5, seed=seed).state_dict() for seed in (1, 2)))


def test_checkpoint_of_another_order_is_refused(workdir, tmp_path):
    other = dataclasses.replace(TINY, scene=TINY.object)
    trained(workdir, tmp_path, "scene")
    with pytest.raises(StudyError, match=r"another recipe, seed or world; .*--workdir"):
        order.train_part(order_of(workdir, tmp_path, recipe=other), "scene")


def test_loss_that_is_not_finite_stops_the_training(tmp_path):
    class Diverging(loop.Task):
        def loss(self, stretch, rng):
            return math.nan * self.module(torch.ones(1, 1)).sum()

    rest = {"identity": "", "seeds": (1,), "decay": 0.0, "betas": (0.9, 0.99)}
    task = Diverging("diverging", torch.nn.Linear(1, 1), [(2, 0.1)], **rest)
    with pytest.raises(StudyError, match=r"diverging: the loss is nan at step 0; .*learning rate"):
        loop.run(task, tmp_path / "checkpoint.pt")


@given(steps=st.integers(1, 500), highest=st.floats(1e-5, 1))
def test_learning_rate_stays_within_its_bounds(steps, highest):
    rates = [loop.rate_at(step, steps, highest=highest) for step in range(steps)]
    assert all(0 < rate <= highest * (1 + 1e-12) for rate in rates)


def test_pictures_are_drawn_once_and_read_back_in_order(workdir, tmp_path):
    again = drawn(tmp_path, TINY.pictures, seed=3)
    pictures = order_of(workdir, tmp_path).pictures()
    for name in ("pixels", "truth", "kind", "label"):
        assert np.array_equal(getattr(again, name), getattr(pictures, name))
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
    batch = batch_of(pixels, np.array([1, 0]), UNCHANGED, rng=rng, shift=shift)
    plain = batch_of(pixels, np.array([1, 0]), ((0.5,) * 3, (0.25,) * 3))
    assert torch.allclose(
        plain * 0.25 + 0.5, torch.tensor(pixels[[1, 0]]).permute(0, 3, 1, 2) / 255
    )
    for moved, source in zip(batch, pixels[[1, 0]], strict=True):
        values = (moved * 255).round().permute(1, 2, 0).reshape(-1, 3).to(torch.uint8).tolist()
        assert sorted(values) == sorted(source.reshape(-1, 3).tolist())


def test_cut_tokenizer_segments_every_word_as_the_full_one(fixtures):
    full, cut = SimpleTokenizer(), cut_tokenizer(fixtures)
    for word in (*(word.concept for word in world.VOCABULARY), *template_words()):
        pieces = [
            [tokenizer.decoder[i] for i in tokenizer.encode(word)] for tokenizer in (full, cut)
        ]
        assert pieces[0] == pieces[1]
    assert cut.eot_token_id == cut.vocab_size - 1, "the text tower looks for the highest token"
    assert clip_folder.cut_merges(["cat"]) == clip_folder.cut_merges(["cat", "cat"])
    assert len(clip_folder.cut_merges(["cat"])) < len(clip_folder.cut_merges(["cat", "lighthouse"]))


def test_short_texts_have_the_features_of_padded_ones(fixtures):
    clip, tokenizer = clip_folder.read(fixtures / "clip")
    padded = tokenizer([word.concept for word in world.VOCABULARY[:40]])
    with torch.no_grad():
        short = clip_folder.encode_text(clip, padded[:, : int((padded > 0).sum(dim=1).max())])
        assert torch.allclose(short, clip.encode_text(padded, normalize=True), atol=1e-5)


def test_captions_say_only_what_is_true(fixtures):
    words = language(cut_tokenizer(fixtures))
    matches = words.matches(np.ones((2, len(world.TRUTHS)), bool))
    assert np.array_equal(~matches[0], [word.truth is None for word in world.VOCABULARY])
    rng = np.random.default_rng(0)
    for row in words.matches(draw(6, range(5)).truth):
        chosen = words.chosen(row, words.weights({}), rng)
        assert 1 <= len(chosen) <= 8
        assert row[chosen].all()
        assert len(set(words.column[chosen])) == len(chosen)


@given(seed=st.integers(0, 2**32 - 1))
def test_losses_of_words_equal_their_slow_references(seed):
    rng = np.random.default_rng(seed)
    logits, matches = rng.normal(size=(4, 7)) * 3, rng.random((4, 7)) < 0.4
    weights, priors = rng.random(7) + 0.1, rng.normal(size=7)
    groups = np.array([0, 1, 0, 1, 1, 0, -1])
    slow_words = slow_names = 0.0
    for image, word in itertools.product(range(4), range(7)):
        probability = 1 / (1 + math.exp(-logits[image, word] - priors[word]))
        likelihood = probability if matches[image, word] else 1 - probability
        slow_words -= weights[word] * math.log(likelihood) / 4
        rivals = [
            math.exp(logits[image, other] - logits[image, word])
            for other in range(7)
            if groups[other] == groups[word] and not matches[image, other]
        ]
        if matches[image, word] and groups[word] >= 0:
            slow_names += weights[word] * math.log1p(sum(rivals)) / 4
    *arrays, priors, groups = map(torch.from_numpy, (logits, matches, weights, priors, groups))
    assert float(word_loss(*arrays, priors)) == pytest.approx(slow_words, rel=1e-5)
    assert float(name_loss(*arrays, groups)) == pytest.approx(slow_names, rel=1e-5, abs=1e-9)


def test_pictures_are_enlarged_nearly_as_pillow_does_it():
    """Pillow rounds and clips to bytes between its two passes, so single pixels at edges differ."""
    pixels = draw(4, range(2)).pixels
    large = batch_of(pixels, np.arange(2), UNCHANGED, size=96)
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
    none = torch.zeros(2, 0)
    plain = caption_loss(logits, torch.zeros_like(known), none)
    assert caption_loss(logits, known, none) < plain
    assert caption_loss(logits, torch.eye(2, dtype=torch.bool), none) == plain
    assert caption_loss(logits, known, torch.ones(2, 1)) > caption_loss(logits, known, none)


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(2, 30))
def test_auroc_counts_pairs(seed, size):
    rng = np.random.default_rng(seed)
    scores, truth = rng.integers(0, 5, size).astype(float), rng.random(size) < 0.5
    pairs = [(a > b) + (a == b) / 2 for a in scores[truth] for b in scores[~truth]]
    area = evaluation.auroc(scores, truth)
    assert area == pytest.approx(np.mean(pairs)) if pairs else math.isnan(area)


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_every_step_lies_in_one_stretch(lengths):
    stretches = [loop.stretch_of(number, lengths) for number in range(sum(lengths))]
    assert stretches == [(i, k) for i, length in enumerate(lengths) for k in range(length)]


def test_calibration_sets_statistics_and_nothing_else(workdir, tmp_path):
    pictures = order_of(workdir, tmp_path).pictures()
    network, untouched = classifier.build(4, seed=1), classifier.build(4, seed=1)
    classifier.calibrate(network, pictures)
    before = untouched.state_dict()
    changed = {
        name.rpartition(".")[2]
        for name, values in network.state_dict().items()
        if not torch.equal(values, before[name])
    }
    assert changed == {"running_mean", "running_var", "num_batches_tracked"}
    [batch] = pictures.batches(classifier.IMAGENET)
    first = network.conv1(batch)
    assert torch.allclose(network.bn1.running_mean, first.mean(dim=(0, 2, 3)), atol=1e-5)


def test_untrained_control_is_calibrated_to_the_world_and_not_trained(fixtures):
    network = evaluation.read_classifier(fixtures / "untrained.safetensors", len(world.OBJECTS))
    means, spreads = [], []

    def note(_, __, output):
        means.append(output.mean(dim=(0, 2, 3)))
        spreads.append(output.std(dim=(0, 2, 3)))

    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.register_forward_hook(note)
        assert (norm.weight == 1).all()
    classifier.predict(network, draw(12, range(60)))
    assert torch.cat(means).abs().mean() < 0.15
    assert abs(torch.cat(spreads).mean() - 1) < 0.15


def test_half_precision_keeps_counters_and_single_numbers():
    state = {"a": torch.ones(2), "n": torch.tensor(3), "scale": torch.tensor(4.605170)}
    kinds = {name: array.dtype for name, array in load(clip_folder.half(state)).items()}
    assert kinds == {"a": torch.float16, "n": torch.int64, "scale": torch.float32}
    assert clip_folder.half(state) == clip_folder.half(dict(reversed(state.items())))


def test_the_card_is_of_these_small_files_this_world_and_this_recipe(fixtures, card):
    assert set(card["files"]) == set(FILES)
    for name, entry in card["files"].items():
        data = (fixtures / name).read_bytes()
        assert len(data) == entry["bytes"]
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
    assert card["world"] == world_digest()
    assert card["classes"] == {"object": list(world.OBJECTS), "scene": list(world.SCENES)}
    assert card["recipe"] == recipes.DEFAULT.to_json()
    assert (fixtures / "CARD.md").read_text(encoding="utf-8") == page(card)
    assert sum((fixtures / name).stat().st_size for name in WEIGHTS) <= 11_000_000
    for name in WEIGHTS:
        kinds = {t.dtype for t in load_file(fixtures / name).values() if t.ndim}
        assert kinds == {torch.float16}


def test_weights_that_are_missing_or_did_not_come_in_are_named(fixtures, tmp_path, monkeypatch):
    with pytest.raises(StudyError, match=r"open_clip_config\.json is missing"):
        clip_folder.read(tmp_path)
    with pytest.raises(StudyError, match=r"object.safetensors is missing"):
        evaluation.read_classifier(tmp_path / "object.safetensors", 3)
    for name in (clip_folder.CONFIG_FILE, clip_folder.WEIGHTS_FILE, clip_folder.MERGES_FILE):
        (tmp_path / name).write_bytes((fixtures / "clip" / name).read_bytes())
    build = clip_folder.open_clip.create_model
    monkeypatch.setattr(
        clip_folder.open_clip, "create_model", lambda name: build(name, load_weights=False)
    )
    with pytest.raises(StudyError, match="other numbers in the loaded model"):
        clip_folder.read(tmp_path)


def test_committed_weights_see_what_the_card_says(fixtures, card):
    measured = evaluation.measure(fixtures, seed=evaluation.FRESH_SEED + 1, count=300)
    stated = card["quality"]
    assert measured["clip"]["logit_scale"] == pytest.approx(100, rel=1e-4)
    assert abs(measured["clip"]["auroc"]["all"] - stated["clip"]["auroc"]["all"]) <= 0.03
    for kind in ("object", "scene"):
        pair = measured, stated
        zero_shot = [quality["clip"]["zero_shot"][kind] for quality in pair]
        for here, there in (zero_shot, [quality[kind]["accuracy"] for quality in pair]):
            # Four standard errors of a share among some 90 pictures.
            assert abs(here - there) <= 4 * math.sqrt(max(there * (1 - there), 0.01) / 90)
