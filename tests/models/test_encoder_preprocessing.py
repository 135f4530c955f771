"""What an encoder's pictures are prepared with: what its tags, its folder or the study says."""

import json

import open_clip
import pytest
import safetensors.torch
import torch

from study.errors import StudyError
from study.inputs.settings import EncoderSettings
from study.models.encoder import load_encoder
from study.models.encoder.load import _of_all_tags


def of_tags(name, tmp_path, *, file="w.safetensors", **stated):
    (tmp_path / file).write_bytes(b"weights")
    settings = EncoderSettings(model=name, weights=f"file:{file}", preprocessing=stated or None)
    return _of_all_tags(settings, tmp_path / file)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("MobileCLIP2-S0", {"mean": (0, 0, 0), "interpolation": "bilinear"}),
        ("ViT-B-16-SigLIP2", {"mean": (0.5, 0.5, 0.5), "resize_mode": "squash"}),
        ("ViT-B-32", {"interpolation": "bicubic", "resize_mode": "shortest"}),
    ],
)
def test_a_file_is_prepared_for_as_all_tags_of_its_name(name, expected, tmp_path):
    found = of_tags(name, tmp_path)
    assert {key: found[key] for key in expected} == expected


def test_where_the_tags_differ_the_study_must_say(tmp_path):
    with pytest.raises(
        StudyError, match=r"published weights of ViT-L-14 differ in mean .*laion2b_s32b_b82k.*set"
    ):
        of_tags("ViT-L-14", tmp_path)
    assert of_tags("ViT-L-14", tmp_path, mean=[0.5] * 3, std=[0.5] * 3)
    assert of_tags("ViT-L-14", tmp_path, file="openai.safetensors")["mean"][0] < 0.49


def test_a_mobileclip_from_a_file(tmp_path):
    """Real structure, random weights: mean 0, deviation 1, bilinear, which no default says."""
    name = "MobileCLIP2-S0"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = open_clip.create_model(name)
    path = tmp_path / "open_clip_model.safetensors"
    safetensors.torch.save_file(model.state_dict(), path)
    loaded = load_encoder(EncoderSettings(model=name, weights=f"file:{path}")).preprocessing
    assert (loaded.mean, loaded.std, loaded.interpolation) == ((0, 0, 0), (1, 1, 1), "bilinear")
    stated = {"mean": [0.5] * 3, "std": [0.25] * 3}
    settings = EncoderSettings(model=name, weights=f"file:{path}", preprocessing=stated)
    assert load_encoder(settings).preprocessing.std == (0.25, 0.25, 0.25)


def test_a_setting_of_preprocessing_that_does_not_exist_is_refused(tmp_path):
    settings = EncoderSettings(model="ViT-B-32", weights="random:0", preprocessing={"means": 3})
    with pytest.raises(
        StudyError, match=r"^\[encoder\] preprocessing: .*expected one of .*'means'"
    ):
        load_encoder(settings)


def test_the_layout_of_transformers_is_named(shared):
    path = shared / "cases" / "E03" / "model.safetensors"
    for model in (None, "ViT-B-32"):
        settings = EncoderSettings(model=model, weights=f"file:{path}")
        with pytest.raises(
            StudyError, match=r"as the library transformers saves it: take the same"
        ):
            load_encoder(settings)


def test_a_folder_with_a_tokenizer_of_its_own(tmp_path):
    """As SigLIP's and BiomedCLIP's folders: the tokenizer lies beside the configuration."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "red": 4, "blue": 5, "sky": 6}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]",
    )  # fmt: skip
    folder = tmp_path / "own"
    fast.save_pretrained(folder)
    config = {
        "embed_dim": 16,
        "vision_cfg": {
            "image_size": 32, "layers": 1, "width": 32, "patch_size": 16, "head_width": 16,
        },
        "text_cfg": {
            "context_length": 8, "vocab_size": 7, "width": 16, "heads": 2, "layers": 1,
            "hf_tokenizer_name": "nobody/nowhere", "no_causal_mask": True, "pool_type": "last",
        },
    }  # fmt: skip
    document = {"model_cfg": config | {"custom_text": True}, "preprocess_cfg": {"mean": [0.5] * 3}}
    (folder / "open_clip_config.json").write_text(json.dumps(document))
    encoder = load_encoder(EncoderSettings(model=str(folder), weights="random:0"))
    tokens = encoder.tokenizer(["red sky", "blue"])
    assert tokens[0, :4].tolist() == [2, 4, 6, 3]
    assert encoder.encode_concepts(["red sky", "blue"]).shape == (2, 16)
    assert encoder.preprocessing.mean == (0.5, 0.5, 0.5)
