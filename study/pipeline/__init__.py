"""Runs a study: the wiring from a TOML file to the tables of every network."""

from pathlib import Path

import numpy as np
import torch

from study.output import check_replaceable, output_folder
from study.pipeline import arrays, checks
from study.pipeline.calibration import Calibration
from study.pipeline.inputs import (
    Inputs,
    Options,
    check_images,
    open_inputs,
)
from study.pipeline.labelling import Labeller
from study.pipeline.needed import needed_by, wanted_by
from study.pipeline.plan import make_plan
from study.pipeline.products import write_products
from study.pipeline.scoring import Scorer, resolved_settings
from study.pipeline.showing import Wiring, write_cards
from study.pipeline.timings import report_timings
from study.progress import Progress
from study.settings import Study
from study.store import Store, default_root

__all__ = ["Options", "run_study"]


def run_study(study: Study, *, out: Path, options: Options, progress: Progress) -> bool:
    """Dissect the networks of a study into a folder.

    Parameters
    ----------
    study
        The study.
    out
        The folder to write; swapped in whole when all is done.
    options
        How to run.
    progress
        Told what happens.

    Returns
    -------
    bool
        False if only the plan was asked for.

    Raises
    ------
    StudyError
        Before any work: if an input is missing or damaged, or the settings do not fit the probe.
        While it works: if an activation or feature is not finite.
    """
    check_replaceable(out, force=options.force)
    settings = resolved_settings(study.dissection.similarity, study.dissection.settings)
    torch.use_deterministic_algorithms(True, warn_only=True)
    inputs = open_inputs(study, options, progress)
    checks.check_top_k(inputs, settings)
    checks.check_settings(inputs, settings)
    store = Store(options.store or default_root())
    measured = Calibration(inputs, settings)
    checks.check_layers(measured)
    asked = checks.asked_units(measured, options.units)
    plan = make_plan(measured, store, batch=options.batch)
    for line in plan.lines():
        progress.note(line)
    if options.dry_run:
        return False
    store.check_writable()
    check_images(inputs, store, progress)
    activations = arrays.activations(inputs, store, progress, batch=options.batch)
    labeller = _labeller(inputs, store, activations, settings, plan.needed, options, progress)
    with output_folder(out, force=options.force) as folder:
        tables = {
            network.slug: labeller.tables(network, activations[network.slug], progress)
            for network in inputs.networks
        }
        wiring: Wiring = {}
        for network in inputs.networks if study.measures.cards else ():
            write_cards(
                inputs,
                network,
                tables[network.slug],
                activations[network.slug],
                folder / network.slug,
                progress,
                wiring=wiring,
                asked=asked,
                batch=options.batch,
            )
        write_products(inputs, tables, folder, settings=settings)
        report_timings(progress, folder)
    if inputs.probe.limit is not None:
        progress.note(f"a first look: {len(inputs.probe)} images, not the whole probe")
    return True


def _labeller(
    inputs: Inputs,
    store: Store,
    activations: dict[str, dict[str, np.ndarray]],
    settings: dict[str, float],
    needed: np.ndarray | None,
    options: Options,
    progress: Progress,
) -> Labeller:
    wanted = wanted_by(inputs, settings)
    if needed is None:
        networks = len(inputs.networks)
        with progress.stage("finding the images that count", networks, "networks"):
            needed = needed_by(inputs, activations, wanted)
    words = arrays.concept_features(inputs, store, progress)
    features = arrays.image_features(inputs, store, progress, needed=needed, batch=options.batch)
    rows = np.full(len(inputs.probe), -1, dtype=np.int64)
    rows[needed] = np.arange(len(needed))
    scorer = Scorer(
        inputs.study.dissection.similarity,
        settings,
        torch.from_numpy(features).to(inputs.device),
        rows,
        torch.from_numpy(words).to(inputs.device),
        inputs.study.dissection.ties,
    )
    return Labeller(inputs, scorer, wanted.halves, wanted.counts)
