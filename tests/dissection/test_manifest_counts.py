"""What a manifest counts is no number below zero."""

import json

import pytest

from study.dissection.provenance import parse_manifest
from study.errors import StudyError

SCHEMA = "study-manifest/1"


@pytest.mark.parametrize(
    ("part", "key"), [("probe", "images"), ("concepts", "count"), ("network", "classes")]
)
def test_a_count_below_zero_is_refused(part: str, key: str) -> None:
    assert parse_manifest(json.dumps({"schema": SCHEMA, part: {key: 0}}).encode())[part][key] == 0
    with pytest.raises(StudyError, match=rf"{part}\.{key}: expected a number from 0, found -5"):
        parse_manifest(json.dumps({"schema": SCHEMA, part: {key: -5}}).encode())


def test_a_limit_below_zero_is_refused() -> None:
    with pytest.raises(StudyError, match="limit: expected a number from 0, found -1"):
        parse_manifest(json.dumps({"schema": SCHEMA, "limit": -1}).encode())
