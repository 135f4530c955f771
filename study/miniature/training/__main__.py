"""``python -m study.miniature.training``: draw pictures, train, measure, write the card."""

import argparse
import json
import sys
from pathlib import Path

from study.command import given_path, guarded
from study.errors import Exit
from study.miniature.training.recipes import DEFAULT, PARTS, Part


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    return guarded(lambda: _train(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m study.miniature.training",
        description="Train the miniature's classifiers, a twin of each (the same task from another "
        "seed) and its image-text model from scratch on drawn pictures, and write their weights "
        "and card. The same command resumes a run that was interrupted.",
    )
    parser.add_argument(
        "--out",
        type=given_path,
        default=Path("fixtures/miniature"),
        help="folder for the weights (default: %(default)s)",
    )
    parser.add_argument(
        "--workdir", type=given_path, help="folder for pictures and checkpoints (default: OUT.work)"
    )
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument(
        "--threads", type=int, default=2, help="processor cores to use (default: %(default)s)"
    )
    parser.add_argument("--only", choices=PARTS, help="train only this part")
    parser.add_argument(
        "--measure", action="store_true", help="train nothing; measure the weights in OUT"
    )
    return parser


def _train(options: argparse.Namespace) -> int:
    # Late, so that --help answers at once.
    from study.miniature.training.evaluation import measure
    from study.miniature.training.model_card import write_card
    from study.miniature.training.order import Order, train, write_untrained

    out: Path = options.out
    workdir: Path = options.workdir or out.with_name(f"{out.name}.work")
    order = Order(recipe=DEFAULT, seed=options.seed, out=out, workdir=workdir)
    parts: tuple[Part, ...] = (options.only,) if options.only else PARTS
    if not options.measure:
        train(order, parts, threads=options.threads)
        write_untrained(order)
    quality = measure(out, parts)
    write_card(out, DEFAULT, seed=options.seed, quality=quality)
    print(json.dumps(quality, indent=1))  # noqa: T201
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main())
