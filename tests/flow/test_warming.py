"""Pages are compiled before anybody asks for them: readers' ones at once, the desk's by and by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from distributor.errors import TemplateError
from distributor.render.pages import Pages
from distributor.web import opening
from tests.flow.desk import CONFIG, Desk
from tests.platforms import until

SERVED = """
[web]
listen = "127.0.0.1:0"
public = "https://desk.example.org"
desk = DESK
"""


class Warmed(Pages):
    """Tells what was compiled."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.starts: list[str] = []

    def warm(self, start: str, *, breath: float = 0.0) -> None:
        super().warm(start, breath=breath)
        self.starts.append(start)


def test_a_warm_page_needs_no_file_any_more(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    for name in ("reader-own", "own"):
        (tmp_path / "web" / f"{name}.html.j2").write_text("Dear {{ who }}", "utf-8")
    pages = Pages([tmp_path], "Europe/Minsk")
    pages.warm("reader-")
    for file in (tmp_path / "web").iterdir():
        file.unlink()
    assert pages.render("reader-own", {"who": "reader"}) == "Dear reader"
    with pytest.raises(TemplateError, match="own"):
        pages.render("own", {"who": "reader"})


def test_a_page_that_cannot_be_compiled_is_told_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "reader-lost.html.j2").write_text("{% if %}", "utf-8")
    with pytest.raises(TemplateError, match=r"reader-lost\.html\.j2"):
        Pages([tmp_path], "Europe/Minsk").warm("reader-")


@pytest.mark.parametrize(
    ("desk", "expected"), [("true", ["reader-", "public-", "desk/"]), ("false", ["reader-", "public-"])]
)
def test_readers_pages_are_warm_at_once_and_the_desks_by_and_by(
    desk: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "WARMED_AFTER", 0.0)
    monkeypatch.setattr(opening, "BREATH", 0.0)
    app = Desk(tmp_path, config=CONFIG + SERVED.replace("DESK", desk)).app
    pages = Warmed((), "Europe/Minsk")
    opening._warm(app.settings, pages)
    assert pages.starts[:2] == ["reader-", "public-"]
    until(lambda: pages.starts == expected)
    app.close()


def test_where_no_link_can_lead_to_readers_pages_none_is_compiled(tmp_path: Path) -> None:
    app = Desk(tmp_path, config=CONFIG + '[web]\nlisten = "127.0.0.1:0"\ndesk = false\n').app
    pages = Warmed((), "Europe/Minsk")
    opening._warm(app.settings, pages)
    assert pages.starts == []
    app.close()
