"""A folder of an encoder runs no code of its own, whatever its configuration asks for."""

import json

import pytest

import study
from study.errors import StudyError

TEXT = {"context_length": 16, "vocab_size": 100, "width": 64, "heads": 1, "layers": 1}
VISION = {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16}


@pytest.fixture
def folder(tmp_path):
    """A folder whose tokenizer is code that would write a file."""
    folder = tmp_path / "clip"
    folder.mkdir()
    (folder / "evil.py").write_text(
        f"open({str(tmp_path / 'ran')!r}, 'w').close()\n"
        "from transformers import PreTrainedTokenizer\n"
        "class EvilTok(PreTrainedTokenizer):\n    pass\n"
    )
    mapped = {"tokenizer_class": "EvilTok", "auto_map": {"AutoTokenizer": ["evil.EvilTok", None]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(mapped))
    (folder / "config.json").write_text(
        json.dumps({"model_type": "evilm", "auto_map": {"AutoConfig": "evil.C"}})
    )
    return folder


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            {"hf_tokenizer_name": "x", "tokenizer_kwargs": {"trust_remote_code": True}},
            "ask for trust_remote_code",
        ),
        ({"hf_tokenizer_name": "x"}, "execute custom code"),
        ({"hf_model_name": "/elsewhere"}, "hf_model_name: expected the name of a model"),
        ({"hf_model_name": "../elsewhere"}, "hf_model_name: expected the name of a model"),
        (
            {"tokenizer_kwargs": {"bpe_path": "/etc/passwd"}},
            "bpe_path: expected the name",
        ),
        ({"tokenizer_kwargs": {"bpe_path": "../bpe.gz"}}, "bpe_path: expected the name"),
        ({"tokenizer_kwargs": {"bpe_path": "a/../../b"}}, "bpe_path: expected the name"),
        ({"tokenizer_kwargs": {"bpe_path": "..\\b"}}, "bpe_path: expected the name"),
        ({"hf_tokenizer_name": "{folder}"}, "hf_tokenizer_name: expected the name of a model"),
    ],
)
def test_code_beside_a_configuration_is_not_run(folder, tmp_path, monkeypatch, text, problem):
    monkeypatch.setattr("builtins.input", lambda *_: "y")  # whatever is asked is agreed to
    own = {key: str(folder) if value == "{folder}" else value for key, value in text.items()}
    model = {"embed_dim": 16, "vision_cfg": VISION, "text_cfg": TEXT | own}
    (tmp_path / "bpe.gz").write_bytes(b"")  # it exists, but not in the folder
    half = {"mean": [0.5] * 3, "std": [0.5] * 3}
    document = {"model_cfg": model, "preprocess_cfg": half}
    (folder / "open_clip_config.json").write_text(json.dumps(document))
    with pytest.raises(StudyError, match=problem):
        study.load_encoder(folder, weights="random:0")
    assert not (tmp_path / "ran").exists()
