from pathlib import Path
from typing import Any

from distributor.sandbox.client import start

STORY = {"section": "politics", "headline": "Talks begin"}


def test_what_is_visible_is_counted_by_address_and_withdrawn_stories_are_gone(tmp_path: Path) -> None:
    with start(tmp_path, only=["site", "hooks"]) as platforms:
        first: dict[str, Any] = platforms.control("site", "publish", STORY)
        second: dict[str, Any] = platforms.control("site", "publish", STORY)
        assert platforms.control("site", "visible") == {first["url"]: 1, second["url"]: 1}
        platforms.control("site", "correct", {"id": first["id"], "headline": "Talks end"})
        assert platforms.control("site", "visible")[first["url"]] == 1
        platforms.control("site", "withdraw", {"id": first["id"]})
        assert platforms.control("site", "visible") == {second["url"]: 1}
        assert platforms.control("hooks", "visible") == {}
