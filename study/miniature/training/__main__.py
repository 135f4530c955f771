"""``python -m study.miniature.training``: draw, train, measure, write the card."""

import argparse
import json
import sys
from pathlib import Path

from study.errors import Exit, StudyError

_DEFAULT_OUT = Path("fixtures/miniature")
_DEFAULT_SEED = 1


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        _train(options)
    except StudyError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return Exit.BAD_INPUT
    return Exit.OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m study.miniature.training",
        description="Train the miniature's two classifiers and its image-text model from nothing "
        "on drawn pictures, and write their weights and card. A killed run goes on where it "
        "stopped when the same command is given again.",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=_DEFAULT_OUT,
        help="folder of the weights (default: %(default)s)",
    )
    parser.add_argument(
        "--workdir", type=Path, help="folder of pictures and checkpoints (default: OUT.work)"
    )
    parser.add_argument("--seed", type=int, default=_DEFAULT_SEED, help="default: %(default)s")
    parser.add_argument(
        "--threads", type=int, default=2, help="processor cores to use (default: %(default)s)"
    )
    parser.add_argument("--recipe", default="default", help="default (default) or trial")
    parser.add_argument("--only", choices=("clip", "object", "scene"), help="train this part alone")
    parser.add_argument(
        "--share",
        type=float,
        default=1.0,
        help="train on this share of the recipe's images, for comparisons (default: 1)",
    )
    parser.add_argument(
        "--measure", action="store_true", help="train nothing; measure what OUT holds"
    )
    parser.add_argument(
        "--beside",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="another run's OUT, whose figures the card shall show beside",
    )
    return parser


def _train(options: argparse.Namespace) -> None:
    # Late, so that --help answers at once.
    from study.miniature.training.card import CARD_FILE, card_of, write_card
    from study.miniature.training.quality import measure
    from study.miniature.training.recipes import PARTS, RECIPES, Part
    from study.miniature.training.runs import Order, train, write_untrained

    if options.recipe not in RECIPES:
        raise StudyError(
            f"--recipe: expected one of {', '.join(sorted(RECIPES))}, found {options.recipe!r}"
        )
    recipe = RECIPES[options.recipe].scaled(options.share)
    out: Path = options.out
    order = Order(
        recipe=recipe,
        seed=options.seed,
        out=out,
        workdir=options.workdir or out.with_name(f"{out.name}.work"),
    )
    parts: tuple[Part, ...] = (options.only,) if options.only else PARTS
    if not options.measure:
        train(order, parts, threads=options.threads)
        write_untrained(order)
    quality = measure(out, parts)
    beside = [json.loads((folder / CARD_FILE).read_bytes()) for folder in options.beside]
    card = card_of(out, recipe, seed=options.seed, quality=quality, beside=beside)
    write_card(out, card)
    print(json.dumps(quality, indent=1))  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
