"""The public feed of corrections, and the list of them: what readers may have read, and nothing else."""

from __future__ import annotations

import stat
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from distributor.app import App
from distributor.calls import dispatch
from distributor.calls.stories.corrections import publish_corrections
from distributor.cli.root import cli
from distributor.engine.round import run_round
from distributor.model import Dateline, Revision, RevisionClass, Story
from distributor.render.corrections import corrections_feed
from distributor.render.views import DeskView
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldSource, article

ATOM = "{http://www.w3.org/2005/Atom}"
FED = f'[desk]\nname = "Northern Wire"\ncorrections_feed = "public.xml"\n{CONFIG}'
DESK = DeskView(name="Northern & Wire", zone="UTC", language="en", imprint="")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def app(tmp_path: Path, clock: HandClock) -> Iterator[App]:
    opened = told_app(tmp_path, clock=clock, config=FED, source=ToldSource([article(1), article(2)]))
    yield opened
    opened.close()


def feed(folder: Path) -> list[tuple[str, str]]:
    root = ET.fromstring((folder / "public.xml").read_bytes())
    assert root.tag == f"{ATOM}feed"
    return [
        (str(one.findtext(f"{ATOM}title")), str(one.findtext(f"{ATOM}summary"))) for one in root.iter(f"{ATOM}entry")
    ]


def correct(app: App, number: int, note: str) -> None:
    dispatch(app, "correct", {"who": "Ann", "through": "test", "url": article(number).url, "note": note})


def test_a_correction_stands_in_the_public_feed_newest_first_and_for_everybody_to_read(
    app: App, clock: HandClock, tmp_path: Path
) -> None:
    run_round(app)
    assert feed(tmp_path) == []
    clock.advance(60)
    correct(app, 1, "It was another minister.")
    clock.advance(60)
    dispatch(app, "withdraw", {"who": "Ann", "through": "test", "url": article(2).url, "reason": "an error"})
    assert publish_corrections(app)
    assert [title for title, _ in feed(tmp_path)] == [
        "Withdrawn: Headline number 2",
        "Correction: Headline number 1",
    ]
    assert feed(tmp_path)[1] == ("Correction: Headline number 1", "It was another minister.")
    assert stat.S_IMODE((tmp_path / "public.xml").stat().st_mode) == 0o644
    assert b"Ann" not in (tmp_path / "public.xml").read_bytes()
    assert not publish_corrections(app)


def test_what_nobody_can_have_read_is_corrected_in_silence(app: App, clock: HandClock, tmp_path: Path) -> None:
    app.ingesters["politics"].run_once(clock.now())
    clock.advance(60)
    correct(app, 1, "It was another minister.")
    clock.advance(60)
    run_round(app)
    assert feed(tmp_path) == []
    assert dispatch(app, "corrections", {})["corrections"] == []


def test_what_was_done_about_a_correction_stands_beside_it(app: App, clock: HandClock, tmp_path: Path) -> None:
    run_round(app)
    clock.advance(60)
    correct(app, 1, "It was another minister.")
    found = dispatch(app, "corrections", {"limit": 5})
    assert found["feed"] == str(tmp_path / "public.xml")
    (one,) = found["corrections"]
    assert (one["class"], one["who"], one["note"]) == ("correction", "Ann", "It was another minister.")
    assert {done["channel"] for done in one["done"]} <= {"x", "y"}


def test_a_feed_that_cannot_be_written_is_one_alert_that_ends(app: App, clock: HandClock, tmp_path: Path) -> None:
    (tmp_path / "public.xml").mkdir()
    for _ in range(2):
        assert not publish_corrections(app)
    alerts = dispatch(app, "alerts", {})["alerts"]
    assert [one["key"] for one in alerts] == ["corrections feed"]
    assert "cannot be written" in alerts[0]["text"]
    (tmp_path / "public.xml").rmdir()
    assert publish_corrections(app)
    assert feed(tmp_path) == []
    assert dispatch(app, "alerts", {})["alerts"] == []


def test_without_a_configured_feed_or_in_shadow_nothing_is_written(tmp_path: Path, clock: HandClock) -> None:
    for number, config in enumerate((CONFIG, f'mode = "shadow"\n{FED}')):
        folder = tmp_path / str(number)
        folder.mkdir()
        opened = told_app(folder, clock=clock, config=config)
        assert not publish_corrections(opened)
        assert not (folder / "public.xml").exists()
        opened.close()


def test_the_document_is_atom_whatever_stands_in_a_story() -> None:
    told = article(
        1, headline="A\x0b <b>headline</b> & more", url="javascript:x", language="ru", dateline=Dateline(place="M")
    )
    change = Revision(number=2, meaning=RevisionClass.CORRECTION, note="", who="", at=NOON)
    text = corrections_feed(DESK, [(Story(id=1, article=told, first_seen_at=NOON), change)])
    root = ET.fromstring(text.encode())
    (entry,) = root.iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Исправление: A <b>headline</b> & more"
    assert entry.find(f"{ATOM}link") is None
    assert root.findtext(f"{ATOM}updated") == entry.findtext(f"{ATOM}updated") == "2026-11-24T12:00:00Z"
    ids = [one.text for one in root.iter(f"{ATOM}id")]
    assert len(set(ids)) == 2
    assert all(str(one).startswith("urn:uuid:") for one in ids)


def test_the_list_is_shown_to_people(app: App, clock: HandClock, tmp_path: Path) -> None:
    run_round(app)
    command = ["--config", str(tmp_path / "config.toml"), "corrections"]
    clock.advance(60)
    app.close()
    assert "nothing was corrected" in CliRunner().invoke(cli, command).output
    again = told_app(tmp_path, clock=clock, config=FED)
    correct(again, 1, "It was another minister.")
    again.close()
    shown = CliRunner().invoke(cli, command)
    assert shown.exit_code == 0
    assert "2026-11-24 12:01:00 (UTC) correction: Headline number 1" in shown.output
    assert "It was another minister." in shown.output
    assert "the public feed:" in shown.output
