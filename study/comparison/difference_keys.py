"""The keys of a pair's ``differences`` in the results, and their meaning."""

from collections.abc import Mapping

_LOW, _HIGH = "lower bound of the 95 % interval", "upper bound of the 95 % interval"
DIFFERENCES: Mapping[str, str] = {
    "layers": "layer to its numbers",
    "layers.*.truth": "difference of each measure's means; null if not measured",
    "layers.*.truth.*": "a measure; null with fewer than two values",
    "layers.*.truth.*.mean": "difference of the means",
    "layers.*.truth.*.low": _LOW,
    "layers.*.truth.*.high": _HIGH,
    "layers.*.categories": "difference of each category's shares; null if unknown",
    "layers.*.categories.*": "a category; null if a network has no live unit",
    "layers.*.categories.*.share": "difference of the shares",
    "layers.*.categories.*.low": _LOW,
    "layers.*.categories.*.high": _HIGH,
    "layers.*.categories.*.p": "two-sided p value from the units redealt; null without categories "
    "there",
    "layers.*.categories.*.p_adjusted": "p adjusted by Holm for the pair's layers and categories",
    "rules": "families of labels by other rules; null where categories are not the project's own",
    "rules[].rule": "any sense: all families of a word, so that shares do not sum to 1; other "
    "order: lists of scenes, textures, colours, then the next noun sense; as spelt: no lemma",
    "rules[].layers": "layer to its numbers",
    "rules[].layers.*.*": "a family; null if a network has no live unit",
    "rules[].layers.*.*.a": "share of A's units",
    "rules[].layers.*.*.b": "share of B's units",
    "rules[].layers.*.*.share": "difference of the shares",
    "rules[].layers.*.*.low": _LOW,
    "rules[].layers.*.*.high": _HIGH,
}
"""Every key below ``differences``; "*" is any layer, measure, category or family."""
