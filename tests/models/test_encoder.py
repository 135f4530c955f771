"""The encoder: every weight is loaded, and features are those of the published code."""

import gzip
import hashlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import open_clip
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file

from study.errors import StudyError
from study.inputs.settings import EncoderSettings
from study.models.encoder import load as loading
from study.models.encoder import load_encoder, text, towers
from study.models.encoder.towers import CONFIG_FILE
from tests.strategies import fewer

CONTEXT = 12
WORDS = ("dog", "zebra crossing", "a", "swimming pool outdoor", "null", "naïve café", "dog dog")
MODEL = {
    "embed_dim": 16,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 32, "patch_size": 16, "width": 32, "head_width": 16, "layers": 1},
    "text_cfg": {
        "context_length": CONTEXT,
        "vocab_size": 600,
        "width": 16,
        "heads": 2,
        "layers": 2,
        "tokenizer_kwargs": {"bpe_path": "merges.txt.gz"},
    },
}


def write_folder(folder, *, preprocess=None, **changes):
    """A small model's folder: configuration and a tokenizer of 600 tokens, no weights."""
    folder.mkdir()
    full = gzip.decompress(Path(open_clip.tokenizer.default_bpe()).read_bytes()).decode()
    merges = "\n".join(full.split("\n")[: 600 - 512 - 2 + 1])
    (folder / "merges.txt.gz").write_bytes(gzip.compress(merges.encode(), mtime=0))
    if preprocess is None:
        preprocess = {"interpolation": "bilinear"}
    config = {"model_cfg": {**MODEL, **changes}, "preprocess_cfg": preprocess}
    (folder / CONFIG_FILE).write_text(json.dumps(config), encoding="utf-8")
    return folder


def load(folder, weights="random:0", **options):
    return load_encoder(EncoderSettings(model=str(folder), weights=weights), **options)


def save_weights(encoder, path, **changes):
    state = {key: value.contiguous() for key, value in encoder.module.state_dict().items()}
    save_file({**state, **changes}, path)
    return f"file:{path}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("encoder") / "small")


@pytest.fixture(scope="module")
def encoder(folder):
    return load(folder)


@pytest.fixture
def images():
    return torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def within_spread(actual, expected):
    """Every number within 1e-5 of the expected numbers' spread."""
    assert actual.dtype == expected.dtype == torch.float32
    assert actual.shape == expected.shape
    assert (actual - expected).abs().max() <= 1e-5 * (expected.max() - expected.min())


@pytest.fixture(scope="module")
def pipeline(shared):
    return shared / "oracle" / "pipeline"


@pytest.fixture(scope="module")
def published(pipeline):
    weights = f"file:{pipeline / 'clip_tiny_openai.pt'}"
    return load_encoder(EncoderSettings(model=None, weights=weights))


class TestOracle:
    def test_images_and_concepts_have_the_published_features(self, published, pipeline):
        files = sorted((pipeline / "photos").rglob("*.*"))
        pictures = [Image.open(file).convert("RGB") for file in files]
        batch = torch.stack([published.preprocessing.apply(picture) for picture in pictures])
        words = (pipeline / "concepts.txt").read_text(encoding="utf-8").split()
        with np.load(pipeline / "expected.npz") as expected:
            images, texts = (torch.from_numpy(expected[f"{n}_features"]) for n in ("image", "text"))
        within_spread(published.encode_images(batch), images)
        within_spread(published.encode_concepts(words), texts)

    def test_the_shapes_of_openai_weights_determine_the_architecture(self, published):
        assert published.width == 64
        assert published.preprocessing.to_json()["crop"] == 224
        assert any(
            isinstance(m, open_clip.transformer.QuickGELU) for m in published.module.modules()
        )

    def test_weights_of_full_precision_are_not_rounded(self, pipeline, tmp_path):
        state = torch.load(pipeline / "clip_tiny_openai.pt", weights_only=True)
        state = {key: value.float() * (1 + 2**-20) for key, value in state.items()}
        torch.save(state, tmp_path / "w.pt")
        settings = EncoderSettings(model=None, weights=f"file:{tmp_path / 'w.pt'}")
        loaded = load_encoder(settings).module.state_dict()
        assert all(torch.equal(loaded[key], value) for key, value in state.items())


def full_context(encoder, words):
    with torch.inference_mode():
        return encoder.module.encode_text(encoder.tokenizer(list(words)))


class TestLengthBuckets:
    @pytest.mark.parametrize(
        "text_cfg",
        [
            {},
            {"pool_type": "eos", "eos_id": 599},
            {"pool_type": "last"},
            {"no_causal_mask": True},
            {"embed_cls": True},
            {"proj_bias": True},
            {"proj_type": "none", "width": 16},
        ],
        ids=["argmax", "eos", "last", "both ways", "class token", "bias", "no projection"],
    )
    @pytest.mark.parametrize("custom", [False, True], ids=["plain", "custom text"])
    def test_features_equal_those_of_the_full_context(self, tmp_path, text_cfg, custom):
        if text_cfg.get("embed_cls") and not custom:
            text_cfg = {}
        config = {"text_cfg": {**MODEL["text_cfg"], **text_cfg}, "custom_text": custom}
        encoder = load(write_folder(tmp_path / "model", **config))
        within_spread(encoder.encode_concepts(WORDS), full_context(encoder, WORDS))

    def test_positions_after_the_end_token_are_left_out(self, encoder, monkeypatch):
        seen = []

        def counting(hidden, *, attn_mask, forward=encoder.module.transformer.forward):
            seen.append(hidden.shape[:2])
            return forward(hidden, attn_mask=attn_mask)

        monkeypatch.setattr(encoder.module.transformer, "forward", counting)
        tokens = encoder.tokenizer(list(WORDS))
        encoder.encode_concepts(WORDS)
        needed = (tokens.argmax(dim=1) + 1).tolist()
        lengths = sorted(
            {min(n for n in (*text._LENGTHS, CONTEXT) if n >= need) for need in needed}
        )
        assert [length for _, length in seen] == lengths
        assert len(lengths) > 2
        assert lengths[0] <= 4
        assert all(count == text._POSITIONS // length for count, length in seen)

    @given(words=st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=6),
           data=st.data())  # fmt: skip
    @fewer(20)
    def test_a_words_features_do_not_depend_on_the_others(self, encoder, words, data):
        order = data.draw(st.permutations(range(len(words))))
        features = encoder.encode_concepts(words)
        permuted = encoder.encode_concepts([words[index] for index in order])
        assert torch.equal(permuted, features[list(order)])
        assert torch.equal(encoder.encode_concepts(words[:1]), features[:1])
        within_spread(features, full_context(encoder, words))

    def test_small_batches_change_nothing_and_progress_counts_words(self, encoder, monkeypatch):
        expected, done = encoder.encode_concepts(WORDS), []
        monkeypatch.setattr(text, "_POSITIONS", 5)
        actual = encoder.encode_concepts(WORDS, progress=done.append)
        within_spread(actual, expected)
        assert sum(done) == len(WORDS) < 2 * len(done)

    def test_a_text_longer_than_the_context_loses_its_end(self, encoder):
        long = "dog " * CONTEXT
        features = encoder.encode_concepts([long, long + "cat"])
        assert torch.equal(features[0], features[1])
        with pytest.raises(StudyError, match="at least one concept"):
            encoder.encode_concepts([])


class TestImages:
    @given(width=st.integers(1, 80), height=st.integers(1, 80), seed=st.integers(0, 99))
    @fewer(20)
    def test_preprocessing_is_open_clips_bit_for_bit(self, encoder, width, height, seed):
        pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
        picture = Image.fromarray(pixels)
        transform = open_clip.image_transform(32, is_train=False, interpolation="bilinear")
        assert torch.equal(encoder.preprocessing.apply(picture), transform(picture))

    @pytest.mark.parametrize("mode", ["squash", "longest"])
    def test_other_resize_modes_are_open_clips_too(self, tmp_path, mode):
        stated = {"resize_mode": mode, "mean": [0.5] * 3, "std": [0.25] * 3}
        preprocessing = load(write_folder(tmp_path / "model", preprocess=stated)).preprocessing
        picture = Image.linear_gradient("L").convert("RGB").resize((50, 20))
        transform = open_clip.image_transform(
            (32, 32), is_train=False, resize_mode=mode, mean=(0.5,) * 3, std=(0.25,) * 3
        )
        assert torch.equal(preprocessing.apply(picture), transform(picture))
        assert preprocessing.to_json()["resize_mode"] == mode

    def test_features_are_open_clips_and_batches_change_nothing(self, encoder, images):
        features = encoder.encode_images(images)
        with torch.inference_mode():
            expected = encoder.module.encode_image(images)
        assert features.shape == (3, encoder.width)
        torch.testing.assert_close(features, expected)
        torch.testing.assert_close(features[1:2], encoder.encode_images(images[1:2]))


class TestPrecision:
    def test_bfloat16_casts_weights_and_keeps_features_float32(self, folder, encoder, images):
        halved = load(folder, precision="bfloat16")
        assert {p.dtype for p in halved.module.parameters()} == {torch.bfloat16}
        for actual, expected in [
            (halved.encode_images(images), encoder.encode_images(images)),
            (halved.encode_concepts(WORDS), encoder.encode_concepts(WORDS)),
        ]:
            assert actual.dtype == torch.float32
            assert not torch.equal(actual, expected)
            cosines = torch.nn.functional.cosine_similarity(actual, expected)
            assert cosines.min() > 0.999
        assert halved.sha256 == encoder.sha256
        with pytest.raises(StudyError, match="float32 or bfloat16, found 'float16'"):
            encoder.to(device="cpu", precision="float16")


class TestWeights:
    def test_every_weight_comes_in(self, folder, encoder, tmp_path):
        other = load(folder, weights="random:1")
        again = load(folder, save_weights(other, tmp_path / "w.safetensors"))
        assert again.sha256 == other.sha256 != encoder.sha256
        assert torch.equal(again.encode_concepts(WORDS), other.encode_concepts(WORDS))

    def test_plain_text_towers_move_into_custom_ones(self, tmp_path):
        plain = load(write_folder(tmp_path / "plain"))
        custom = write_folder(tmp_path / "custom", custom_text=True)
        again = load(custom, save_weights(plain, tmp_path / "w.safetensors"))
        assert torch.equal(again.encode_concepts(WORDS), plain.encode_concepts(WORDS))

    def test_weights_that_do_not_fit_are_refused(self, folder, encoder, tmp_path):
        # Another context: open_clip would stretch it silently.
        longer = {"positional_embedding": torch.ones(CONTEXT + 1, 16)}
        weights = save_weights(encoder, tmp_path / "w.safetensors", **longer)
        with pytest.raises(
            StudyError, match=r"model small, found positional_embedding of shape \("
        ):
            load(folder, weights)

    def test_random_weights_repeat_and_leave_the_callers_generator(self, folder):
        state = torch.get_rng_state()
        digests = [load(folder, weights=f"random:{seed}").sha256 for seed in (3, 3, 4)]
        assert digests[0] == digests[1] != digests[2]
        assert torch.equal(torch.get_rng_state(), state)

    @pytest.mark.parametrize(
        ("model", "weights", "words"),
        [
            ("ViT-nowhere", "random:0", "an open_clip model or a folder"),
            ("ViT-nowhere", "sometag", "an open_clip model or a folder"),
            ("ViT-B/16", "openai", "closest name is ViT-B-16$"),
            ("vit-l/14", "random:0", "closest name is ViT-L-14$"),
            ("hf-hub:timm/clip", "random:0", f"put the model's files into a folder, {CONFIG_FILE}"),
            ("hf-hub:timm/clip", "openai", "found 'hf-hub:timm/clip'"),
            ("local-dir:/nowhere", "random:0", "found 'local-dir:/nowhere'"),
            ("ViT-B-32", "sometag", r"tags for ViT-B-32 \(openai, .*found 'sometag'"),
            ("ViT-B-32", "artifact:clip", "found no path"),
            ("ViT-B-32", "random:x", "random:SEED"),
            (None, "random:0", "names no encoder model"),
        ],
    )
    def test_settings_that_lead_nowhere(self, monkeypatch, model, weights, words):
        download = Mock()
        monkeypatch.setattr(open_clip.factory, "download_pretrained_from_hf", download)
        with pytest.raises(StudyError, match=words):
            load_encoder(EncoderSettings(model=model, weights=weights))
        assert not download.called

    def test_another_layout_needs_a_model(self, encoder, tmp_path):
        torch.save({"conv1.weight": torch.ones(2, 2)}, tmp_path / "w.pt")
        with pytest.raises(StudyError, match="OpenAI's state-dict layout"):
            load_encoder(EncoderSettings(model=None, weights=f"file:{tmp_path / 'w.pt'}"))


class TestTags:
    @pytest.mark.parametrize(
        ("model", "tag"),
        [
            ("ViT-B-16", "openai"),
            ("ViT-L-14", "laion2b_s32b_b82k"),
            ("ViT-H-14", "dfn5b"),
            ("MobileCLIP-B", "datacompdr"),
            ("ViT-L-14-CLIPA", "datacomp1b"),
        ],
    )
    def test_images_are_preprocessed_as_open_clip_does(self, tmp_path, monkeypatch, model, tag):
        stated = open_clip.get_pretrained_cfg(model, tag)
        small = {**MODEL, "quick_gelu": stated.get("quick_gelu", False)}
        small["text_cfg"] = {"context_length": 8, "width": 16, "heads": 2, "layers": 1}
        monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "small-clip", small)
        monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "small-clip", {tag: stated})
        file = str(tmp_path / "w.safetensors")
        save_weights(load("small-clip"), file)
        monkeypatch.setattr(open_clip, "download_pretrained", lambda _: file)
        monkeypatch.setattr(open_clip.factory, "download_pretrained", lambda *_, **__: file)
        *_, transform = open_clip.create_model_and_transforms("small-clip", pretrained=tag)
        pixels = np.random.default_rng(0).integers(0, 256, (40, 90, 3), dtype=np.uint8)
        picture = Image.fromarray(pixels)
        preprocessing = load("small-clip", tag).preprocessing
        assert torch.equal(preprocessing.apply(picture), transform(picture))
        if tag == "openai":
            assert preprocessing == load("small-clip", f"file:{file}").preprocessing

    @pytest.mark.parametrize(
        ("model", "tag", "words"),
        [
            ("ViT-B-32", "metaclip_400m", "QuickGELU .*'metaclip_400m'.*\"ViT-B-32-quickgelu\""),
            ("ViT-H-14", "dfn5b", "ViT-H-14-quickgelu"),
            ("roberta-ViT-B-32", "laion2b_s12b_b32k", "with plain GELU .* to a folder .*: false$"),
        ],
    )
    def test_weights_for_the_other_gelu_are_refused(self, monkeypatch, model, tag, words):
        download = Mock()
        monkeypatch.setattr(open_clip, "download_pretrained", download)
        with pytest.raises(StudyError, match=words):
            load(model, tag)
        assert not download.called

    def test_a_model_that_is_quick_only_by_name_has_a_plain_twin(self, monkeypatch):
        tags = {"plain": {"quick_gelu": False}}
        monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "ViT-B-32-quickgelu", tags)
        with pytest.raises(StudyError, match='set model = "ViT-B-32", or'):
            load("ViT-B-32-quickgelu", "plain")


class TestQuickGelu:
    @pytest.fixture
    def plain(self, tmp_path):
        return write_folder(tmp_path / "plain", quick_gelu=False)

    @pytest.mark.parametrize(
        ("weights", "file"),
        [
            ("file:", "openai.safetensors"),
            ("file:", "ViT-OpenAI.pt"),
            ("artifact:clip-openai", "w.safetensors"),
            ("openai", "w.safetensors"),
        ],
    )
    def test_openai_weights_in_a_plain_gelu_model_are_refused(self, tmp_path, plain, weights, file):
        save_weights(load(plain), tmp_path / file)
        with pytest.raises(StudyError, match=r'QuickGELU.*plain, which.*"quick_gelu": true'):
            load(plain, weights, weights_path=tmp_path / file)

    def test_a_known_file_is_recognised_under_any_name(self, tmp_path, plain, monkeypatch):
        weights = save_weights(load(plain), tmp_path / "w.pt")
        load(plain, weights)
        digest = hashlib.sha256((tmp_path / "w.pt").read_bytes()).hexdigest()
        monkeypatch.setattr(loading, "_OPENAI_FILES", frozenset({digest}))
        with pytest.raises(StudyError, match="QuickGELU"):
            load(plain, weights)

    def test_with_quickgelu_they_load_and_the_features_differ(
        self, tmp_path, folder, plain, encoder, images
    ):
        loaded = load(folder, save_weights(encoder, tmp_path / "openai.safetensors"))
        assert torch.equal(loaded.encode_images(images), encoder.encode_images(images))
        other = load(plain, save_weights(encoder, tmp_path / "w.safetensors"))
        assert other.sha256 == loaded.sha256
        assert other.configuration != loaded.configuration
        assert not torch.allclose(other.encode_images(images), encoder.encode_images(images))


def refused(words, tmp_path, **changes):
    folder = write_folder(tmp_path / "model", **changes)
    with pytest.raises(StudyError, match=f"^model/{CONFIG_FILE}: .*{words}"):
        load(folder)


class TestFolder:
    def test_nothing_is_written_and_the_name_is_no_path(self, folder, encoder):
        assert sorted(path.name for path in folder.iterdir()) == ["merges.txt.gz", CONFIG_FILE]
        assert encoder.model_name == "small"

    def test_merges_lie_beside_the_configuration(self, folder, monkeypatch, encoder, tmp_path):
        monkeypatch.chdir(tmp_path)
        assert load(folder).tokenizer.vocab_size == 600
        monkeypatch.chdir(folder.parent)
        assert torch.equal(load("small").encode_concepts(WORDS), encoder.encode_concepts(WORDS))

    @pytest.mark.parametrize(
        ("file", "content", "words"),
        [
            ("merges.txt.gz", None, "bpe_path to name a file"),
            ("merges.txt.gz", "plain", "a tokenizer .*BadGzipFile"),
            (CONFIG_FILE, None, "FileNotFoundError"),
            (CONFIG_FILE, "{", "JSONDecodeError"),
            (CONFIG_FILE, "[]", r"a table in braces, found \[\]"),
            (CONFIG_FILE, "{}", "model_cfg: expected a table"),
            (CONFIG_FILE, '{"model_cfg": {}}', "vision_cfg"),
        ],
    )
    def test_folders_that_cannot_be_understood(self, tmp_path, file, content, words):
        folder = write_folder(tmp_path / "model")
        (folder / file).unlink()
        if content is not None:
            (folder / file).write_text(content)
        with pytest.raises(StudyError, match=words):
            load(folder)

    @pytest.mark.parametrize(
        ("part", "change", "words"),
        [
            ("text_cfg", {"heads": 3}, "text_cfg: heads: expected a divisor of width 16, found 3"),
            ("text_cfg", {"heads": 0}, "text_cfg: heads: expected a whole number from 1, found 0"),
            ("text_cfg", {"width": 16.0}, "text_cfg: width: expected a whole number"),
            ("text_cfg", {"tokenizer_kwargs": {"spare": 1}}, "a tokenizer .*'spare'"),
            ("text_cfg", {"tokenizer_kwargs": {"clean": "not"}}, "a tokenizer .*AssertionError"),
            ("text_cfg", {"tokenizer_kwargs": None}, "tokenizer_kwargs: expected a table"),
            ("text_cfg", {"spare": 1}, "a model_cfg .*'spare'"),
            ("vision_cfg", {"head_width": 0}, "vision_cfg: head_width: expected a whole number"),
            ("vision_cfg", {"head_width": 64}, "a model_cfg that open_clip understands"),
            ("vision_cfg", {"width": 33, "head_width": 4}, "a model_cfg .*AssertionError"),
            ("vision_cfg", {"timm_model_name": "no_such"}, "a model_cfg .*no_such"),
        ],
    )
    def test_models_that_cannot_be_built(self, tmp_path, part, change, words):
        refused(words, tmp_path, **{part: {**MODEL[part], **change}})

    def test_residual_networks_have_no_patches(self, tmp_path):
        vision = {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None}
        assert load(write_folder(tmp_path / "model", vision_cfg=vision)).width == 16

    @pytest.mark.parametrize(
        ("stated", "words"),
        [
            ([], r"expected a table in braces, found \[\]"),
            ({"interpolation": "random"}, "interpolation: expected bicubic or bilinear"),
            ({"interpolation": ["bicubic"]}, "interpolation: expected bicubic or bilinear"),
            ({"resize_mode": "crop"}, "resize_mode: expected shortest, longest or squash"),
            ({"mean": [0.5, 0.5]}, "mean: expected three numbers"),
            ({"std": [1, 1, float("inf")]}, "std: expected three numbers from 1e-6"),
            ({"fill_color": 256}, "fill_color: expected a grey"),
            ({"size": [32, 0]}, "size: expected pixels"),
            ({"mode": "L"}, "mode: expected 'RGB'"),
            ({"resize": 32}, "expected one of .*fill_color, found 'resize'"),
        ],
    )
    def test_preprocessing_that_cannot_be_meant(self, tmp_path, stated, words):
        refused(f"preprocess_cfg: {words}", tmp_path, preprocess=stated)

    def test_the_whole_of_what_open_clip_writes_is_understood(self, tmp_path):
        stated = {**vars(open_clip.transform.PreprocessCfg()), "size": [32, 32], "mean": None}
        preprocessing = load(write_folder(tmp_path / "model", preprocess=stated)).preprocessing
        assert preprocessing.mean == open_clip.OPENAI_DATASET_MEAN

    def test_a_tokenizer_of_another_size_is_refused(self, tmp_path):
        folder = write_folder(tmp_path / "model", text_cfg={**MODEL["text_cfg"], "vocab_size": 700})
        with pytest.raises(StudyError, match="a tokenizer of 700 tokens for model, found 600"):
            load(folder)


def tokenizer_of_transformers(*, rules=None, vocabulary=None, padding=0):
    """The interface of open_clip's wrapper of a tokenizer of transformers."""
    inner = SimpleNamespace(get_vocab=lambda: vocabulary)
    if rules is not None:
        inner.backend_tokenizer = SimpleNamespace(to_str=lambda: json.dumps(rules))
    tokens = torch.full((1, CONTEXT), padding)
    return Mock(spec=["tokenizer"], tokenizer=inner, return_value=tokens)


class TestOtherTokenizers:
    @pytest.mark.parametrize("model", ["ViT-B-16-SigLIP", "xlm-roberta-base-ViT-B-32"])
    def test_a_missing_package_is_named(self, monkeypatch, model):
        monkeypatch.setitem(sys.modules, "transformers", None)
        with pytest.raises(StudyError, match=f"model {model}: .*pip install transformers,"):
            load(model)

    def test_a_tokenizer_that_cannot_be_loaded_is_one_line(self, monkeypatch):
        error = OSError("no file\nat all")
        monkeypatch.setattr(open_clip, "get_tokenizer", Mock(side_effect=error))
        with pytest.raises(StudyError, match=r"found OSError: no file at all: correct"):
            load("ViT-B-32")

    def test_a_tokenizer_that_cannot_pad_is_one_line(self, monkeypatch):
        broken = Mock(side_effect=ValueError("Asking to pad\nbut no token"))
        monkeypatch.setattr(open_clip, "get_tokenizer", lambda *_, **__: broken)
        with pytest.raises(StudyError, match=r"found ValueError: Asking to pad but no token: corr"):
            load("ViT-B-32")

    def test_a_text_tower_that_fails_is_one_line(self, folder, monkeypatch):
        monkeypatch.setattr(open_clip.CLIP, "encode_text", Mock(side_effect=IndexError("out\nof")))
        with pytest.raises(
            StudyError, match=r"a model that encodes texts, found IndexError: out of"
        ):
            load(folder)

    def test_other_tokens_make_another_configuration(self, folder, monkeypatch):
        digests = []
        for tokenizer in (
            tokenizer_of_transformers(rules={"merges": ["a b", "b c"]}),
            tokenizer_of_transformers(rules={"merges": ["b c", "a b"]}),
            tokenizer_of_transformers(rules={"merges": ["b c", "a b"]}, padding=1),
            tokenizer_of_transformers(vocabulary={"a": 0, "b": 1}),
            tokenizer_of_transformers(vocabulary={"b": 1, "a": 0}),
            tokenizer_of_transformers(vocabulary={"a": 1, "b": 0}),
        ):
            monkeypatch.setattr(open_clip, "get_tokenizer", lambda *_, of=tokenizer, **__: of)
            digests.append(towers.in_folder(folder).configuration)
        assert digests[3] == digests[4]
        assert len(set(digests)) == len(digests) - 1

    def test_configurations_of_open_clips_own_tokenizer_stay(self, folder, encoder):
        # Features in people's caches go by this digest.
        stated = json.dumps([MODEL, list(encoder.tokenizer.encoder)], sort_keys=True)
        assert encoder.configuration == hashlib.sha256(stated.encode()).hexdigest()
