"""The pipeline: runs a study, from its TOML file to the tables of every network."""

import argparse
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from study.files.folders import store_folder
from study.files.output import check_replaceable, output_folder, write_atomic
from study.files.resolving import resolved
from study.inputs.pictures import UnreadablePicture
from study.inputs.probe_index import ProbeIndex
from study.inputs.settings import Study, with_overrides
from study.inputs.study_file import read_study
from study.labelling.labeller import Labeller, Tables
from study.labelling.scoring import Scorer
from study.models.encoder import TruthEncoder
from study.pipeline import checking, features, preflight, word_audit
from study.pipeline.cards.making import write_cards
from study.pipeline.cards.pixels import WebPs
from study.pipeline.cluster import dask_workers
from study.pipeline.distinct import check_features, check_image_features
from study.pipeline.estimate import estimated_lines
from study.pipeline.opening import Inputs, open_inputs
from study.pipeline.options import Options
from study.pipeline.pairs.redealing import with_pairs
from study.pipeline.plan import make_plan
from study.pipeline.products import write_products
from study.pipeline.shards import LOCAL, Opening, Workers
from study.pipeline.store import Store
from study.pipeline.timings import TIMINGS, write_timings
from study.pipeline.units.describing import with_units
from study.progress import Progress, StderrProgress

__all__ = ["TIMINGS", "Options", "dissect", "dissect_inputs", "run_inputs", "run_study"]


def dissect(arguments: argparse.Namespace, source: str, out: Path) -> bool:
    """Dissect a study, a preset or a TOML file, into a folder with the options of a command.

    Returns False if only the plan was asked for.
    """
    study = read_study(source)
    study = with_overrides(
        study,
        device=arguments.device,
        precision=arguments.precision,
        picture_size=arguments.picture_size,
    )
    opening = Opening(
        study,
        folders=tuple(arguments.artifacts),
        limit=arguments.limit,
        skip_unreadable=arguments.skip_unreadable,
        allow_duplicates=arguments.allow_duplicates,
        batch=arguments.batch,
        trust_code=arguments.trust_code,
    )
    options = Options(
        artifacts=tuple(arguments.artifacts),
        store=arguments.store,
        limit=arguments.limit,
        skip_unreadable=arguments.skip_unreadable,
        allow_duplicates=arguments.allow_duplicates,
        force=arguments.force,
        batch=arguments.batch,
        trust_code=arguments.trust_code,
        units=tuple(unit for unit in arguments.units.split(",") if unit),
        dry_run=arguments.dry_run,
        rehash=arguments.rehash,
        different_inputs=getattr(arguments, "allow_different_inputs", True),
    )
    if arguments.cluster is None or arguments.dry_run:
        return run_study(study, out=out, options=options, progress=StderrProgress())
    check_replaceable(out, force=options.force)
    with dask_workers(arguments.cluster, opening) as workers:
        options = replace(options, workers=workers)
        return run_study(study, out=out, options=options, progress=StderrProgress())


def run_study(study: Study, *, out: Path, options: Options, progress: Progress) -> bool:
    """Dissect the networks of a study into a folder; False if only the plan was asked for.

    Parameters
    ----------
    study
        The study.
    out
        The folder to write; swapped in whole when all is done.
    options
        How to run.
    progress
        Shows what happens.

    Raises
    ------
    StudyError
        Before any work: if an input is missing or damaged, or the settings do not fit the probe.
        During the work: if an activation or feature is not finite.
    """
    check_replaceable(out, force=options.force)
    inputs = open_inputs(
        study,
        folders=options.artifacts,
        limit=options.limit,
        skip_unreadable=options.skip_unreadable,
        allow_duplicates=options.allow_duplicates,
        batch=options.batch,
        trust_code=options.trust_code,
        index=ProbeIndex(
            options.store or store_folder(),
            rehash=options.rehash,
            write=not options.dry_run,
            note=progress.note,
        ),
        progress=progress,
    )
    return run_inputs(study, inputs, out=out, options=options, progress=progress)


def run_inputs(
    study: Study, inputs: Inputs, *, out: Path, options: Options, progress: Progress
) -> bool:
    """Dissect open networks into a folder; False if only the plan was asked for.

    Parameters
    ----------
    study
        What the manifests say of the inputs.
    inputs
        The open study.
    out, options, progress
        As for `run_study`.

    Raises
    ------
    StudyError
        As `run_study`.
    """
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        return _carried_out(study, inputs, out, options, progress)
    finally:
        torch.use_deterministic_algorithms(before, warn_only=before)


def _carried_out(
    study: Study, inputs: Inputs, out: Path, options: Options, progress: Progress
) -> bool:
    preflight.check_fit(inputs)
    if not options.different_inputs:
        preflight.check_compared(inputs.networks)
    asked = preflight.asked_units(inputs, options.units)
    place = options.store or store_folder()
    store = Store(place, study="" if options.dry_run else _name(study))
    plan = make_plan(inputs, store, exact=options.dry_run)
    if options.dry_run:
        for line in estimated_lines(inputs, plan, batch=options.batch):
            progress.note(line)
        return False
    for line in plan.lines():
        progress.note(line)
    store.check_writable()
    checking.check_images(inputs, store, progress)
    # Words before images: a list that cannot be used is known before hours of work.
    embedded = features.concept_features(inputs, store, progress)
    check_features(inputs.concepts, embedded)
    try:
        activations = features.activations(
            inputs, store, progress, batch=options.batch, workers=options.workers
        )
    except UnreadablePicture:  # so that all such images are replaced at once
        checking.check_all(inputs, store, progress)
        raise
    flat = checking.one_coloured(inputs, store, progress)
    tables = dissect_inputs(
        inputs, activations, store, progress, batch=options.batch, workers=options.workers
    )
    webps = WebPs()
    with output_folder(out, force=options.force) as folder:
        for network in inputs.shown:
            write_cards(
                inputs,
                store,
                network,
                tables[network.slug],
                activations[network.slug],
                folder / network.slug,
                progress,
                asked=asked,
                batch=options.batch,
                webps=webps,
            )
        inputs = _audited(inputs, embedded, tables, folder, progress)
        write_products(study, inputs, tables, folder, one_colour=flat)
        write_timings(progress, folder)
    if inputs.probe.limit is not None:
        progress.note(f"a first look: {len(inputs.probe)} images, not the whole probe")
    return True


def _audited(
    inputs: Inputs,
    embedded: np.ndarray,
    tables: Mapping[str, Tables],
    folder: Path,
    progress: Progress,
) -> Inputs:
    """Write which words of the list make doubtful labels; return the inputs with a note of it."""
    if isinstance(inputs.encoder, TruthEncoder):
        return inputs
    live = [table.labels.loc[table.labels["dead"] == 0, "label"] for table in tables.values()]
    counts = Counter(label for labels in live for label in labels)
    doubts = word_audit.audit(inputs.concepts.words, embedded, counts)
    said = word_audit.note(doubts, units=sum(counts.values()))
    if said is None:
        return inputs
    progress.note(f"{inputs.concepts.name}: {said}")
    write_atomic(folder / word_audit.FILE, word_audit.dumps(doubts).encode())
    concepts = replace(inputs.concepts, notes=(*inputs.concepts.notes, said))
    return replace(inputs, concepts=concepts)


def dissect_inputs(
    inputs: Inputs,
    activations: features.Activations,
    store: Store,
    progress: Progress,
    *,
    batch: int = 64,
    workers: Workers = LOCAL,
) -> dict[str, Tables]:
    """Label the units of open networks; return each network's tables by its slug.

    Parameters
    ----------
    inputs
        The open study.
    activations
        From `study.pipeline.features.activations`.
    store
        Where features are kept.
    progress
        Shows what happens.
    batch
        Images in one forward pass.
    workers
        Where shards of images are run.
    """
    wanted = features.wanted_images(inputs)
    with progress.stage("finding the images that count", len(inputs.networks), "networks"):
        needed = features.images_to_embed(inputs, activations, wanted)
    concepts = features.concept_features(inputs, store, progress)
    images = features.image_features(
        inputs, store, progress, needed=needed, batch=batch, workers=workers
    )
    if not isinstance(inputs.encoder, TruthEncoder):
        names, digests = inputs.probe.names, inputs.probe.image_digests
        check_image_features([names[i] for i in needed], [digests[i] for i in needed], images)
    rows = np.full(len(inputs.probe), -1, dtype=np.int64)
    rows[needed] = np.arange(len(needed))
    settings = dict(inputs.dissection.settings)
    if isinstance(inputs.encoder, TruthEncoder):
        settings = inputs.encoder.sharpened(settings)
    scorer = Scorer(
        inputs.dissection.similarity,
        settings,
        torch.from_numpy(images).to(inputs.device),
        rows,
        torch.from_numpy(concepts).to(inputs.device),
        inputs.dissection.ties,
    )
    labeller = Labeller(
        scorer=scorer,
        words=inputs.concepts.words,
        measures=inputs.measures,
        truth=inputs.probe.truth,
        families=inputs.families,
        halves=wanted.halves,
        counts=wanted.counts,
        random=None if wanted.random is None else scorer.of_sets(wanted.random),
    )
    tables = {
        network.slug: labeller.tables(network, activations[network.slug], progress)
        for network in inputs.networks
    }
    tables = with_pairs(inputs, scorer, tables, activations, progress)
    return with_units(inputs, tables, activations, progress)


def _name(study: Study) -> str:
    """Return the study's name in the list of those that have used the store."""
    path = Path(study.source)
    source = resolved(path).as_posix() if path.suffix == ".toml" else study.source
    return f"{study.title} ({source})"
