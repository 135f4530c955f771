"""The assignment preset, whole: fetched from a server on loopback, dissected, reported.

Only the pins' places, sizes and digests differ from the real thing: the weights are random, in the
layouts of the published files, and Broden is a small zip of the same shape, masks included.
"""

import hashlib
import http.server
import io
import json
import os
import subprocess
import sys
import threading
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file

IMAGES = 112
"""The published top_k is 100."""
WORDS = 120
FILES = {
    "resnet18-imagenet": "resnet18-f37072fd.pth",
    "resnet18-places365": "resnet18_places365.pth.tar",
    "clip-vit-b-16-openai": "open_clip_model.safetensors",
    "broden": "broden1_224.zip",
    "concepts-20k": "20k.txt",
    "places365-categories": "categories_places365.txt",
}


def broden(path: Path) -> None:
    generator = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("broden1_224/index.csv", "image,split\n")
        for index in range(IMAGES):
            part = ("ade20k", "dtd", "opensurfaces", "pascal")[index % 4]
            small = generator.integers(0, 255, (9, 9, 3), dtype=np.uint8)
            image = Image.fromarray(small).resize((224, 224), Image.Resampling.BICUBIC)
            for ending, picture in (("jpg", image), ("png", image.convert("L"))):
                data = io.BytesIO()
                picture.save(data, "JPEG" if ending == "jpg" else "PNG")
                name = f"broden1_224/images/{part}/{index:05d}{'' if ending == 'jpg' else '_mask'}"
                archive.writestr(f"{name}.{ending}", data.getvalue())


def random_weights(folder: Path) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        imagenet, places = (torchvision.models.resnet18(num_classes=n) for n in (1000, 365))
        torch.save(imagenet.state_dict(), folder / FILES["resnet18-imagenet"])
        weights = places.state_dict().items()
        layout = {f"module.{k}": v for k, v in weights if "num_batches" not in k}
        checkpoint = {"epoch": 90, "arch": "resnet18", "state_dict": layout, "best_prec1": 54.0}
        torch.save(checkpoint, folder / FILES["resnet18-places365"])
        clip = open_clip.create_model("ViT-B-16-quickgelu", pretrained=None, precision="fp16")
        state = {k: v.contiguous() for k, v in clip.state_dict().items()}
        save_file(state, folder / FILES["clip-vit-b-16-openai"])


@pytest.fixture(scope="module")
def pins(tmp_path_factory: pytest.TempPathFactory):
    """The pins of a server on loopback that holds stand-ins for all six files."""
    folder = tmp_path_factory.mktemp("served")
    broden(folder / FILES["broden"])
    random_weights(folder)
    (folder / FILES["concepts-20k"]).write_text("".join(f"word{n}\n" for n in range(WORDS)))
    names = "".join(f"/{'abc'[n % 3]}/place_{n} {n}\n" for n in range(365))
    (folder / FILES["places365-categories"]).write_text(names)

    handler = partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pins = ""
    for name, file in FILES.items():
        data = (folder / file).read_bytes()
        pins += f"""
            [{name}]
            url = "http://127.0.0.1:{server.server_port}/{file}"
            bytes = {len(data)}
            sha256 = "{hashlib.sha256(data).hexdigest()}"
        """
    (folder / "pins.toml").write_text(pins)
    yield folder / "pins.toml"
    server.shutdown()
    server.server_close()


def command(*words: str, folder: Path, **variables: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {name: str(value) for name, value in variables.items()}
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_fetch_run_and_report(pins: Path, tmp_path: Path) -> None:
    folders = {"STUDY_ARTIFACTS": tmp_path / "artifacts", "STUDY_STORE": tmp_path / "store"}

    def stderr(*words: str) -> str:
        done = command(*words, folder=tmp_path, STUDY_ARTIFACT_PINS=pins, **folders)
        assert done.returncode == 0, done.stderr
        return done.stderr

    assert "terms: research only" in stderr("study", "fetch", "assignment")
    plan = stderr("study", "run", "assignment", "--dry-run")
    assert f"plan: {IMAGES} images, 2 networks with" in plan
    stderr("study", "run", "assignment", "--out", "dissection")
    manifest = json.loads((tmp_path / "dissection" / "manifest.json").read_text())
    assert manifest["probe"]["images"] == IMAGES
    assert manifest["concepts"]["count"] == WORDS
    assert [network["name"] for network in manifest["networks"]] == ["ImageNet", "Places365"]
    for slug in ("imagenet", "places365"):
        rows = (tmp_path / "dissection" / slug / "descriptions.csv").read_text().splitlines()
        assert len(rows) == 1 + 896
    said = stderr("study.report", "assignment", "--out", "report")
    assert f"activations: 0 images ({IMAGES} kept from before)" in said
    assert (tmp_path / "report" / "report.pdf").read_bytes().startswith(b"%PDF")
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert [network["units"] for network in results["networks"]] == [896, 896]


def test_a_missing_artifact_is_named_with_all_one_needs(pins: Path, tmp_path: Path) -> None:
    folders = {"STUDY_ARTIFACTS": tmp_path / "empty", "HOME": tmp_path}
    words = ("study", "run", "assignment")
    done = command(*words, folder=tmp_path, STUDY_ARTIFACT_PINS=pins, **folders)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for file in FILES.values():
        assert file in done.stderr
