"""Reports of two random halves of one network: no sentence may say that something differs.

``python -m tests.simulations.sentences`` labels, measures and compares the halves as two networks
are, writes the page of every report, and lists each sentence, with numbers and names left out, that
appears in more than a fifth of them and holds a word of difference.
"""

import re
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from study.comparison.analysis import analyse
from study.dissection.loaded import read_output
from study.dissection.run import Run
from study.files.documents import sha256_bytes
from study.inputs.study_file import read_study
from study.labelling.labeller import Labeller
from study.labelling.significance import random_sets
from study.labelling.stability import draw_counts, half_masks
from study.models.networks import Network
from study.pipeline.pairs.redealing import with_pairs
from study.pipeline.products import write_products
from study.progress import Progress
from study.report import rendering
from study.report.attachments import evidence, report_manifest
from study.report.page import page
from study.report.pen import Pen
from tests.simulations.probes import Arrays, own, parser

DIFFERENCE = re.compile(
    r"\b(lower|higher|fewer|more|less|larger|smaller|greater|differs?|different|distinguish\w*|"
    r"only|most|least|highest|lowest|better|worse|largest|smallest|favours?|emphasi[sz]es?|no unit|"
    r"unlike|contrast\w*|rises|falls|changes)\b",
    re.IGNORECASE,
)
"""Words that say that something differs."""
ALLOWED = {
    "denies a difference, or says what one would be": (
        "does not differ significantly|do not differ significantly",
        "no significant difference",
        "not significantly (different|better|worse)",
        "not clearly better",
        "No concept's share of units differs significantly",
        "would have been called different",
        "does not show that networks are alike",
        "A larger count in the table below is therefore no evidence",
        "not significantly so",
    ),
    "sets a network's labels against baselines or measures, by an interval": (
        "are better than every baseline|better than labels of other units",
    ),
    "gives counts": (
        "occur only in X",
        "Counting only units",
        "the most frequent labels? (is|are)",
        "the largest count is",
        "the most shared concepts are",
        "The only label that occurs in every layer",
    ),
    "explains a method, a limit or a word": (
        "A measure must fall|AUPRC is the area|excess precision is how far",
        "A label counts as right here|A label is confident where",
        "They cannot be compared across|across layers they are not compared",
        "A part is smaller than the probe",
        "Empty cells and absent concepts|Which concepts distinguish the networks is stated",
        "synonyms count as different concepts",
        "whether they share more or fewer than would be expected",
        "Each unit is labelled with the concept",
        "The networks may differ in more than their training data",
        "These sentences are about the last layer only|nothing is claimed about them",
        "the tables hold no more",
        "An overlap is called lower or higher",
        "Concepts that distinguish the networks",
        "table states which differ",
    ),
    "asks, on the first page": ("^Do the units of X respond to different concepts",),
}
"""Sentences with such a word that may stand in every report, by the reason."""


def halves(arrays: Arrays, network: str, folder: Path, *, seed: int, splits: int) -> list[Run]:
    """Dissect two random halves of a network's units as two networks; return their runs."""
    inputs, generator = arrays.inputs, np.random.default_rng(seed)
    whole = {layer: arrays.activations[network][layer] for layer in arrays.layers}
    orders = {layer: generator.permutation(values.shape[1]) for layer, values in whole.items()}
    original = next(one for one in inputs.networks if one.name == network)
    networks: list[Network] = []
    activations: dict[str, dict[str, np.ndarray]] = {}
    for side, name in enumerate(("First", "Second")):
        slug = name.lower()
        activations[slug] = {
            layer: values[:, np.array_split(orders[layer], 2)[side]]
            for layer, values in whole.items()
        }
        units = {layer: values.shape[1] for layer, values in activations[slug].items()}
        weights = sha256_bytes(f"{original.sha256} {slug}".encode())  # equal ones: states, untested
        given = {"name": name, "slug": slug, "sha256": weights, "units": units}
        networks.append(replace(original, role="compared", class_layer=None, **given))
    images, measures = len(inputs.probe), replace(inputs.measures, splits=splits, cards=0)
    inputs = replace(inputs, networks=tuple(networks), measures=measures)
    sets = random_sets(images, int(arrays.scorer.top_k or 0), seed=seed)
    labeller = Labeller(
        scorer=arrays.scorer,
        words=inputs.concepts.words,
        measures=measures,
        truth=inputs.probe.truth,
        halves=half_masks(images, splits=splits, seed=seed),
        counts=draw_counts(images, resamples=25, seed=seed),
        random=arrays.scorer.of_sets(sets),
    )
    progress = Progress()
    tables = {one.slug: labeller.tables(one, activations[one.slug], progress) for one in networks}
    tables = with_pairs(inputs, arrays.scorer, tables, activations, progress)
    study = read_study("miniature")
    settings = [replace(study.networks[0], name=one.name) for one in networks]
    write_products(replace(study, networks=tuple(settings)), inputs, tables, folder)
    _, runs = read_output(folder)
    return list(runs)


def bare(runs: list[Run]) -> list[Run]:
    """Return the runs as another tool would leave them: the table alone."""
    return [
        Run.of({"descriptions.csv": run.files["descriptions.csv"]}, name=run.name) for run in runs
    ]


def sentences(runs: list[Run]) -> set[str]:
    """Return the sentences of a report, with numbers, names and concepts left out."""
    document = analyse(runs)
    files = evidence(runs, document, report_manifest(runs, given=None, command=None))
    text = page(Pen(rendering.document(files), paper=True), {}, files)
    text = text[text.index("<body") :]  # the first page, with the answer, as well
    text = re.sub(r"<(thead|tbody|dl|nav)\b.*?</\1>", " ", text, flags=re.DOTALL)
    text = re.sub(r"<data\b[^>]*>[^<]*</data>", "N", text)
    text = re.sub(r"<bdi\b[^>]*>.*?</bdi>", "X", text, flags=re.DOTALL)
    text = re.sub(r"</(p|li|h\d|caption|figcaption)>", ". ", text)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", text))
    return {
        re.sub(r"\b(X|N)(, (X|N))*( and (X|N))?\b", r"\1", part).strip()
        for part in re.split(r"(?<=[.;:])\s", text)
        if part.strip(" .")
    }


def claims(found: Counter, reports: int) -> list[tuple[int, str]]:
    """Return the sentences of difference that stand in more than a fifth of the reports."""
    return [
        (count, sentence)
        for sentence, count in found.most_common()
        if count > reports / 5
        and DIFFERENCE.search(sentence)
        and not any(re.search(pattern, sentence) for kind in ALLOWED.values() for pattern in kind)
    ]


def main() -> None:
    options = parser(__doc__, reports=100, splits=10).parse_args()
    arrays = own(options.folder)
    whole, tables = Counter(), Counter()
    for seed in range(options.reports):
        with tempfile.TemporaryDirectory() as folder:
            runs = halves(
                arrays,
                ("Objects", "Scenes")[seed % 2],
                Path(folder),
                seed=seed,
                splits=options.splits,
            )
            whole.update(sentences(runs))
            tables.update(sentences(bare(runs)))
    for name, found in (("measured together", whole), ("tables alone", tables)):
        print(f"{name}: {len(found)} sentences in {options.reports} reports")
        for count, sentence in claims(found, options.reports):
            print(f"  {count}: {sentence}")


if __name__ == "__main__":
    main()
