"""X's own conformance files for counting and for addresses; the folder comes from DISTRIBUTOR_CONFORMANCE."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from distributor.text.links import urls
from distributor.text.measure import V1, V2, V3, Weights, weighing, weighted_length

pytestmark = pytest.mark.conformance

#: cases of validate.yml about another function, which says whether a whole text may be called an address; the counter
#: itself (extract_urls) makes no links of user names, IP addresses and this query either
NOT_LINKED = {
    "Valid url: port and userinfo": "user information is not linked in posts",
    "Valid url: ipv4": "numeric addresses are not linked in posts",
    "Valid url: ipv6": "numeric addresses are not linked in posts",
    "Valid url: sub delims and question marks": "a plus sign cannot end an address in posts",
}
WEIGHTED = {
    "WeightedTweetsCounterTest": V2,
    "WeightedTweetsWithDiscountedEmojiCounterTest": V3,
    "UnicodeDirectionalMarkerCounterTest": V3,
}


@pytest.fixture(scope="module")
def folder() -> Path:
    place = os.environ.get("DISTRIBUTOR_CONFORMANCE")
    if not place:
        pytest.fail("DISTRIBUTOR_CONFORMANCE must name the folder with the conformance data")
    return Path(place) / "twitter-text"


def cases(folder: Path, name: str) -> dict[str, list[dict[str, Any]]]:
    loaded: dict[str, list[dict[str, Any]]] = yaml.safe_load((folder / name).read_text(encoding="utf-8"))["tests"]
    return loaded


def report(capsys: pytest.CaptureFixture[str], name: str, executed: int, skipped: dict[str, str]) -> None:
    with capsys.disabled():
        print(f"\n{name}: {executed} executed, {len(skipped)} skipped")
        for description, reason in skipped.items():
            print(f"  skipped: {description} ({reason})")


def test_every_weighted_length_is_the_one_x_gives(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = cases(folder, "validate.yml")
    wrong, executed = [], 0
    for name, config in WEIGHTED.items():
        for case in known[name]:
            executed += 1
            length = weighted_length(case["text"], config)
            if length != case["expected"]["weightedLength"]:
                wrong.append((case["description"], length))
            if weighing(config).is_valid(case["text"]) != case["expected"]["valid"]:
                wrong.append((case["description"], -1))
    report(capsys, "weighted lengths", executed, {})
    assert wrong == []
    assert executed == 44


def test_what_is_and_is_not_a_post(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = cases(folder, "validate.yml")["tweets"]
    # these cases are of the time before weights
    wrong = [case["description"] for case in known if weighing(V1).is_valid(case["text"]) != case["expected"]]
    report(capsys, "whole posts (configuration v1)", len(known), {})
    assert wrong == []
    assert len(known) == 8


def test_the_published_configurations_are_ours(folder: Path) -> None:
    for name, config in (("v1", V1), ("v2", V2), ("v3", V3)):
        theirs = json.loads((folder / "config" / f"{name}.json").read_text(encoding="utf-8"))
        light = tuple((row["start"], row["end"]) for row in theirs["ranges"])
        assert all(row["weight"] == theirs["scale"] for row in theirs["ranges"])
        expected = Weights(
            light=light,
            default=theirs["defaultWeight"] // theirs["scale"],
            url=theirs["transformedURLLength"],
            emoji=theirs.get("emojiParsingEnabled", False),
            most=theirs["maxWeightedTweetLength"],
        )
        assert config == expected


def test_every_address_is_found_where_x_finds_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = cases(folder, "extract.yml")
    wrong, executed = [], 0
    for name in ("urls", "tco_urls_with_params"):
        for case in known[name]:
            executed += 1
            if [span.url for span in urls(case["text"])] != case["expected"]:
                wrong.append(case["description"])
    for name in ("urls_with_indices", "urls_with_directional_markers"):
        for case in known[name]:
            executed += 1
            found = [{"url": span.url, "indices": [span.start, span.end]} for span in urls(case["text"])]
            if found != case["expected"]:
                wrong.append(case["description"])
    skipped = {
        name: "mentions, hashtags and cashtags are not counted apart"
        for name in known
        if not name.startswith(("urls", "tco"))
    }
    report(capsys, "addresses in text", executed, skipped)
    assert wrong == []
    assert executed >= 108


def test_what_is_and_is_not_an_address(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = cases(folder, "validate.yml")
    applying = [
        case
        for name in ("urls", "urls_without_protocol")
        for case in known[name]
        if case["description"] not in NOT_LINKED
    ]
    wrong = [
        case["description"]
        for case in applying
        if ([span.url for span in urls(case["text"])] == [case["text"]]) != case["expected"]
    ]
    report(capsys, "whole addresses", len(applying), NOT_LINKED)
    assert wrong == []
    assert len(applying) == 25


def test_no_emoji_is_counted_lower_than_x_counts_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reference = json.loads((folder / "emoji-weights-reference.json").read_text(encoding="utf-8"))["emoji"]
    lower = [emoji for emoji, row in reference.items() if weighted_length(emoji) < row["weightedLength"]]
    higher = [emoji for emoji, row in reference.items() if weighted_length(emoji) > row["weightedLength"]]
    report(capsys, f"emoji ({len(higher)} counted higher)", len(reference), {})
    assert lower == []
