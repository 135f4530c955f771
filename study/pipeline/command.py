"""From a command's options to a run."""

import argparse
from pathlib import Path

from study.pipeline import Options, run_study
from study.progress import StderrProgress
from study.settings import with_overrides
from study.study_file import read_study


def dissect(options: argparse.Namespace, source: str, out: Path) -> bool:
    """Dissect a study into a folder; False if only the plan was asked for.

    Parameters
    ----------
    options
        What `study.command.add_run_options` put there.
    source
        A preset's name or the path of a TOML file.
    out
        The folder to write.
    """
    study = with_overrides(read_study(source), device=options.device, precision=options.precision)
    return run_study(
        study,
        out=out,
        options=Options(
            artifacts=tuple(options.artifacts),
            store=options.store,
            limit=options.limit,
            skip_unreadable=options.skip_unreadable,
            allow_duplicates=options.allow_duplicates,
            force=options.force,
            units=tuple(unit for unit in options.units.split(",") if unit),
            dry_run=options.dry_run,
        ),
        progress=StderrProgress(),
    )
