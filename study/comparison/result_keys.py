"""Every key of ``results.json`` and its meaning."""

from collections.abc import Mapping
from types import MappingProxyType

from study.comparison.difference_keys import DIFFERENCES
from study.dissection import labels

SCHEMA = "study-results/1"


def _under(prefix: str, *tables: Mapping[str, str]) -> dict[str, str]:
    return {f"{prefix}.{key}": text for table in tables for key, text in table.items()}


def _parts(part: Mapping[str, str]) -> dict[str, str]:
    """Describe an entry that has the same keys in each layer and over all layers together."""
    overall = "the same keys, for all layers together"
    return {"layers": "layer to its numbers", **_under("layers.*", part), "overall": overall}


_BOUNDS = {"low": "lower bound of the 95 % interval", "high": "upper bound of the 95 % interval"}
_MEAN = {"units": "units that have a value", "mean": "mean over these units", **_BOUNDS}
_SHARE = {"count": "number of units", "share": "share of units", **_BOUNDS}
_RANGE = {
    "mean": "mean of the null",
    "low": "lower bound of the middle 95 % of the null",
    "high": "upper bound of the middle 95 % of the null",
}
_DESCRIBED = {
    "units": "number of units",
    "unique": "number of distinct labels",
    "mean_similarity": "mean similarity of units and labels; null if not in the table",
    "top": "every label and its number of units, most frequent first, then by word",
    "similarity": "distribution of the similarities over units: extremes, quartiles, histogram",
    **_under("similarity", {"min": "minimum", "q1": "first quartile", "median": "median"}),
    **_under("similarity", {"q3": "third quartile", "max": "maximum", "histogram": "histogram"}),
    "similarity.histogram.edges": "bin edges, the same for all networks and layers",
    "similarity.histogram.counts": "units per bin",
    "dead": "number of dead units, which are counted nowhere else; null without labels.csv",
    "as_published": "counts with dead units; null if there are none",
    **_under("as_published", {"unique": "number of distinct labels"}),
    "as_published.mean_similarity": "mean similarity of all units and their labels",
}
_STABILITY = {
    **_MEAN,
    "confident": "units with a confident label; null if not measured",
    "confident_share": "share of confident labels; null if not measured",
    "deciles": "units by stability: 0 to 0.1, 0.1 to 0.2, ..., 0.9 to 1",
    "reproduced": "mean probability that another probe gives the same label; null if not measured",
}
_TRUTH = {
    "units": "units whose label the truth table knows",
    "base_rate": f"mean over units: {labels.MEANINGS['base_rate']}",
    **{
        name: f"{labels.MEANINGS[name]}; null if not measured"
        for name in labels.TRUTH
        if not name.endswith(("_missing", "_extra"))
    },
    "gains": "each measure less its baselines, unit by unit",
    "gains.*": "a measure",
    "gains.*.others": "less the mean over the labels of the layer's other live units",
    "gains.*.constant": "less the best single concept for all units",
    "sanity": "whether each measure falls when the truth is made wrong on purpose",
    "sanity.*": "a measure",
    "sanity.*.missing": "share of units whose measure falls when labels are missing",
    "sanity.*.extra": "share of units whose measure falls when there are extra labels",
    "sanity.*.passes": "whether both shares are at least 0.9; null if one is unknown",
    **_under("gains.*.*", _MEAN),
    **_under("*", _MEAN),
}
_FORECAST = {
    "units": "units with both stability and precision",
    "right": "units whose label is correct: precision at least `stability.right`",
    "base_rate": "share of correct labels",
    "auprc": "average precision of stability; null if no label, or every label, is correct",
    "chance": "null with the correct labels dealt to other units; null like `auprc`",
    **_under("chance", _RANGE, {"p": "P(null >= auprc), (b + 1)/(n + 1)"}),
    "chance.p_adjusted": "p adjusted by Holm for all networks and layers; of `overall`, p itself",
    "rivals": "average precision of other numbers of the units, for comparison",
    "rivals.base_rate": "of the label's base rate; null like `auprc`",
    "rivals.similarity": "of the similarity; null like `auprc`",
}
_SETS = {
    "shared": "concepts that label units of both networks",
    "only_a": "concepts of A alone",
    "only_b": "concepts of B alone",
}
_OVERLAP = {
    **_SETS,
    "union": "concepts of either network",
    "jaccard": "shared / union; null if no unit has a label",
}
_TESTED = {
    **_OVERLAP,
    "null": "Jaccard index of units redealt within layers; null like `jaccard`",
    **_under("null", _RANGE),
    "null.p_low": "P(null <= jaccard), (b + 1)/(n + 1)",
    "null.p_high": "P(null >= jaccard), (b + 1)/(n + 1)",
    "null.permutations": "number of redealings",
    "null.ratio": "jaccard / mean; null if the mean is 0",
    "null.kind": "units rescored: each redealing scored anew; labels redealt: from tables alone",
    "null.p": "two-sided p value: twice the smaller of the two, at most 1",
    "null.p_adjusted": "p adjusted by Holm for the overlaps of all pairs, layers and totals",
    "null.detectable": "bounds beyond which an index would have been called different",
    "null.detectable.low": "indices below it are called lower; null where none could be",
    "null.detectable.high": "indices above it are called higher; null where none could be",
}
_COUNTED = {"units_a": "units of A compared", "units_b": "units of B compared"}
_PART = {
    **_COUNTED,
    **_TESTED,
    "independent": "expected index of as many concepts drawn independently from the list, or null",
    "ceiling": "repeatability: Jaccard index of each network with itself; null if not measured",
    "ceiling.kind": "what the two label lists of a network are from: probe halves or a second run",
    **_under("ceiling", {"a": "index of the two lists of A", "b": "index of those of B"}),
    "ceiling.across": "mean index of a list of A and the other list of B",
    **_under("ceiling", {"low": "smaller of `a` and `b`", "high": "larger of `a` and `b`"}),
    "ceiling.a_sd": "standard deviation of `a` over splits; null for one",
    "ceiling.b_sd": "standard deviation of `b` over splits; null for one",
    "ceiling.splits": "number of splits; 1 for a second run",
    "interval": "interval of the Jaccard index from resamples of the probe; null without them",
    **_under("interval", _BOUNDS, {"level": "confidence level", "source": "what was resampled"}),
    "null.sharpness": "mean similarity over the logarithm of the units: large values break the "
    "null of redealt labels; null for the other kind, and without similarities",
    "sets": "the concepts themselves, sorted",
    **_under("sets", _SETS),
}
_UNTESTED = _parts({**_COUNTED, **_OVERLAP, "null": "always null"})
_SUBSET = _parts({**_COUNTED, **_TESTED})
_NETWORK = {
    "name": "name of the network",
    "slug": "name of its folder",
    "role": "compared, control or twin",
    "twin_of": "for a twin: the network whose task it shares; absent otherwise",
    **_DESCRIBED,
    "rarefied": "distinct labels at the number of units of the narrowest layer of all networks",
    "rarefied.units": "that number of live units",
    "rarefied.layers": "layer to its numbers",
    "rarefied.layers.*.unique": "expected distinct labels of so many units; null with fewer units",
    "trusted": "whether the name was kept although the run's files contradict it",
    "limit": "number of images of a run on part of its probe; absent otherwise",
    "missing_units": "layer to the number of units missing between 0 and its largest number, where "
    "the table holds a sample of them; absent otherwise",
    "missing_units.*": "number of units missing",
    "layers": "layer to its numbers",
    **_under("layers.*", _DESCRIBED),
    "unit_tests": "labels that beat random images in the unit's place; null if not measured",
    **_under("unit_tests", _parts({"tested": "live units", **_SHARE})),
    "stability": "agreement of labels between disjoint halves of the probe; null if not measured",
    **_under("stability", _parts(_STABILITY)),
    "truth": "quality of the labels by the truth table; null without one",
    **_under("truth", _parts(_TRUTH)),
    "categories": "categories of the labels of live units; null if unknown",
    "categories.names": "the categories, sorted; last unknown, if a label has none",
    "categories.source": "what states them: the probe's truth table, or a table of families",
    "categories.sha256": "SHA-256 of the table of families; null for the truth table",
    **_under("categories", _parts({"*": "a category", **_under("*", _SHARE)})),
    "classes": "class units compared with their classes; null if there are none",
    "classes.units": "number of class units",
    "classes.ranked": "class units whose class name is a concept",
    "classes.top1": "class units whose label is their class name",
    "classes.top5": "class units with their class name among the `first` labels",
    **_under("classes", {"top1_share": "top1 / units", "top5_share": "top5 / units"}),
    "classes.first": "number of labels that `top5` and `nearly` look at",
    **_under("classes", {"found": "`top1` among the ranked", "nearly": "`top5` among the ranked"}),
    **_under("classes.found", _SHARE),
    **_under("classes.nearly", _SHARE),
    "sensitivity": "labels under other settings; null if not measured",
    **_under("sensitivity[]", {"setting": "name of the setting", "value": "its value"}),
    "sensitivity[].layers": "layer to its numbers",
    "sensitivity[].layers.*.unique": "number of distinct labels",
    "sensitivity[].layers.*.agreement": "share of units that keep their label",
    "sensitivity[].layers.*.precision": "mean precision on the images that gave these labels; "
    "null if unknown",
    "sensitivity[].layers.*.own_precision": "mean precision of the study's labels on the same "
    "images; null if unknown",
    "foretelling": "does stability predict which labels are correct? null if not measured",
    **_under("foretelling", _parts(_FORECAST)),
}
_STATE = {
    "units": "number of units",
    "same": "units with the same label in A and B",
    "changed": "units with another label",
    "expected": "expected `same` with the labels of B in random order within layers",
    "share": "same / units",
    "chance": "expected / units",
}
_PAIR = {
    "a": "name of network A",
    "b": "name of network B",
    "inputs": "what the runs were dissected with",
    "inputs.differ": "inputs that differ: nothing between such networks is tested",
    "inputs.differ[].input": "the input",
    "inputs.differ[].a": "what it was for A",
    "inputs.differ[].b": "what it was for B",
    "inputs.same_weights": "whether A and B have the same weights; null if unknown",
    "inputs.words": "number of concepts in the list of both; null if unknown",
    "pairing": "how layers are paired; absent where all are paired by equal names",
    "pairing.rule": "name, given, depth or overall: all units together, layers not told apart",
    "pairing.layers": "key of `layers` to the layer of A and that of B",
    "pairing.left_out": "layers that are paired with none, and so in no number of the pair",
    **_under("pairing.left_out", {"a": "layers of A", "b": "layers of B"}),
    "pairing.left_out.*.*": "a layer: its number of units",
    "states": "A and B as states of one network, unit by unit; null if they are not",
    **_under("states", _parts(_STATE)),
    "states.similarity": "correlation of the units' similarities; null if undefined",
    "states.changes": "the commonest changes: label in A, label in B, units",
    **_parts(_PART),
    "variants": "the overlap counted in other ways",
    "variants.merged": "word forms counted as one concept",
    "variants.merged.method": "how word forms are merged",
    **_under("variants.merged", _parts({**_COUNTED, **_TESTED})),
    "variants.as_published": "all units, dead ones included, not tested; null if none is dead",
    **_under("variants.as_published", _UNTESTED),
    "variants.significant": "units with a significant concept alone; null if not measured",
    **_under("variants.significant", _SUBSET),
    "variants.confident": "units with a confident label alone, not tested; null if not measured",
    **_under("variants.confident", _UNTESTED),
    "sensitivity": "the overlap of the labels under other settings",
    **_under("sensitivity[]", {"setting": "name of the setting", "value": "its value"}),
    **_under("sensitivity[]", _SUBSET),
    "separating": "test of each concept's units in A and B",
    "separating.tested": "number of concepts tested",
    "separating.method": "the test and the adjustment of its p values",
    "separating.concepts": "the concepts, smallest p value first",
    "separating.detectable": "fewest units of one network that would differ from none; or null",
    **_under("separating.detectable", {"a": "of A, against none of B", "b": "of B"}),
    **_under("separating.concepts[]", {"concept": "the concept", "a": "its units in A"}),
    "separating.concepts[].b": "its units in B",
    "separating.concepts[].p": "p value",
    "separating.concepts[].p_adjusted": "share of redealings in which any concept has a p as small",
    "shared_top": "shared concepts with their units in A and in B, most units first",
    "matched": "units matched by correlation of activations; null without matches.csv",
    "matched.layers": "layer to its numbers",
    "matched.layers.*.pairs": "matched pairs of live units",
    "matched.layers.*.correlation": "mean correlation of their activations",
    "matched.layers.*.same": "share of the pairs with the same label",
    "matched.layers.*.null": "that share if the units are matched at random",
    **_under("matched.layers.*.null", _RANGE, {"p": "P(null >= same), (b + 1)/(n + 1)"}),
    "matched.layers.*.null.p_adjusted": "p adjusted by Holm for all pairs and layers",
    "alignment": "unbiased linear CKA of the layers; null without alignment.csv",
    "alignment.layers": "layer to its numbers",
    "alignment.layers.*.cka": "of the networks; null if undefined",
    "alignment.layers.*.a": "of random halves of the units of A",
    "alignment.layers.*.b": "of random halves of the units of B",
    **{
        f"alignment.layers.*.{side}.{name}": f"{name} over the splits; null if undefined"
        for side in "ab"
        for name in ("mean", "low", "high")
    },
    "differences": "A - B in label quality and categories; null if not measured",
    **_under("differences", DIFFERENCES),
}
KEYS: Mapping[str, str] = MappingProxyType(
    {
        "schema": SCHEMA,
        "networks": "the compared networks, in the order given",
        **_under("networks[]", _NETWORK),
        "controls": "the networks of role control, each with the keys of `networks[]`",
        "twins": "the networks of role twin, each with the keys of `networks[]`",
        "pairs": "all pairs of networks, controls included, and of twins with their originals",
        **_under("pairs[]", _PAIR),
        "comparison": "`pairs[0]`, repeated; null if there is one network",
        "pairing": "the rules to pair layers, as stated; absent where none was",
        "pairing.given": "pairs of layers; absent without",
        "pairing.by_depth": "true if layers are paired by depth; else absent",
        "pairing.overall_only": "true if layers are not told apart; else absent",
        "same_network": "whether the runs were compared as states of one network",
        "null": "settings of the null",
        "null.permutations": "number of redealings where labels are redealt",
        "null.seed": "their seed",
        "null.level": "share of the redealings between `low` and `high`",
        "null.statements": "number of overlaps that `null.p_adjusted` is adjusted for",
        "intervals": "methods of the intervals of means, shares and differences",
        "intervals.*": "a method",
        "stability": "definitions of stability",
        "stability.cover": "share of units whose label from another probe is among `set_size`",
        "stability.right": "least precision of a label that counts as correct",
        "triples": "concepts of three networks; absent unless three are compared",
        "triples.names": "names of the networks",
        "triples.regions": "region of the Venn diagram to its number of concepts",
        "triples.regions.*": "for example 110: in the first two networks, not in the third",
    }
)
"""Every key of the results and its meaning.

"*" is any layer, category or measure and "[]" any element of a list. `controls[]` and `twins[]`
have the keys of `networks[]`, `comparison` those of `pairs[]`, and each `overall` those of a layer.
"""
