"""The command line: what each command says, to people and to scripts, and with which exit code it ends."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from distributor import __version__
from distributor.app import open_app
from distributor.channels import ChannelKind
from distributor.channels import kinds as real_kinds
from distributor.channels.console import Options
from distributor.cli.instants import desk_instants
from distributor.cli.output import LiveTable
from distributor.cli.root import COMMANDS, HIDDEN, cli
from distributor.clock import SystemClock
from distributor.config import desk_zone, load
from distributor.engine.round import run_round
from distributor.model import Limits
from distributor.store.opening import open_store
from tests.name_server import NameServer
from tests.platforms import clean_environment, complaints, unmeasured, without_warnings
from tests.test_docs import LEAVES

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><item><title>{title}</title>
<link>{link}</link><guid>{link}</guid><pubDate>Tue, 24 Nov 2026 12:00:00 +0300</pubDate>
<description>A summary of it.</description></item></channel></rss>"""


class Shell:
    """Runs commands in this process, in a newsroom's folder."""

    def __init__(self, loop):
        self.loop = loop
        self.result: Any = None

    def __call__(self, *arguments, code=0, **environment):
        wanted = {"DISTRIBUTOR_CONFIG": str(self.loop.config), "NO_COLOR": None, **environment}
        self.result = CliRunner().invoke(cli, arguments, env=wanted)
        assert self.result.exception is None or isinstance(self.result.exception, SystemExit), self.result.exc_info
        assert self.result.exit_code == code, self.result.output
        assert "Traceback" not in self.result.output
        return self.result.stdout

    def json(self, *arguments, code=0):
        return json.loads(self(*arguments, "--json", code=code))

    @property
    def complaints(self):
        return without_warnings(self.result.stderr)


@pytest.fixture
def shell(loop, monkeypatch):
    monkeypatch.chdir(loop.folder)
    for name in ("NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "STATE_DIRECTORY", "DISTRIBUTOR_SECRETS"):
        monkeypatch.delenv(name, raising=False)
    return Shell(loop)


# -- the group


def test_every_command_has_help_with_an_example_and_takes_json(shell):
    shown = shell("--help")
    assert {name for name in COMMANDS if f"  {name} " not in shown} == HIDDEN
    for name in COMMANDS:
        assert "Example" in shell(name, "--help")
    leaves = [name.split()[1:] for name in LEAVES]
    assert {leaf[0] for leaf in leaves} == set(COMMANDS)
    for leaf in (leaf for leaf in leaves if leaf[0] not in HIDDEN):
        assert "--json" in shell(*leaf, "--help"), leaf
        assert "Example" in shell(*leaf, "--help"), leaf


def test_the_version_is_printed(shell):
    assert __version__ in shell("--version")


def test_an_unknown_command_or_option_is_a_usage_error(shell):
    shell("publish", code=2)
    shell("deliveries", "--colour", code=2)
    shell("preview", "--last", "0", code=2)


@pytest.mark.parametrize("command", [["check"], ["run", "--once"], ["deliveries"], ["fetch", "news"]])
def test_a_missing_or_broken_configuration_is_exit_code_2(shell, command):
    shell("--config", "none.toml", *command, code=2)
    assert "none.toml" in shell.complaints[0]
    shell.loop.config.write_text('[channels.x]\ntype = "twiter"\n', "utf-8")
    shell(*command, code=2)
    assert any("config.toml:2" in line and "twiter" in line for line in shell.complaints)


def test_a_command_of_a_process_speaks_as_the_same_command_here(loop):
    done = loop.command("schedule", "next", "nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    found = loop.command("deliveries", "--json")
    assert (found.returncode, json.loads(found.stdout)["deliveries"], complaints(found)) == (0, [], [])


def test_a_reader_of_the_output_that_goes_away_is_no_traceback(loop):
    loop.publish(*(f"Story number {number}" for number in range(3)))
    loop.command("run", "--once")
    command = [sys.executable, "-m", "distributor", "--config", str(loop.config), "deliveries", "--json"]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(
            command, stdout=closed, stderr=subprocess.PIPE, text=True, env=unmeasured(clean_environment()), check=False
        )
    assert done.returncode == 1
    assert complaints(done) == []


def on_terminal(loop, *arguments, **environment):
    """The output of a command that writes to a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "distributor", "--config", str(loop.config), *arguments]
    variables = {name: value for name, value in clean_environment().items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    variables |= {"TERM": "xterm-256color", "COLUMNS": "120"} | environment
    with os.fdopen(theirs, "wb") as terminal:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=terminal, stderr=subprocess.DEVNULL, env=variables
        )
    found = b""
    with os.fdopen(ours, "rb", buffering=0) as screen:
        try:
            while part := screen.read(4096):
                found += part
        except OSError:
            pass  # Linux's way to say that the other end was closed
    process.wait(30)
    return found


#: SGR codes that choose a colour (ECMA-48 section 8.3.117); bold is none (no-color.org)
COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7])[;m]")


def test_no_color_is_respected_on_a_terminal(loop):
    assert COLOUR.search(on_terminal(loop, "check"))
    plain = on_terminal(loop, "check", NO_COLOR="1")
    assert b"ok   template all" in plain
    assert not COLOUR.search(plain)
    assert not COLOUR.search(on_terminal(loop, "deliveries", NO_COLOR="1"))


# -- init and check


def test_init_writes_a_configuration_that_loads_and_never_overwrites(shell):
    assert shell.json("init", "new.toml") == {"written": "new.toml"}
    first = (shell.loop.folder / "new.toml").read_text("utf-8")
    assert "[routes.everything]" in first
    assert shell("init", "new.toml", code=2) == ""
    assert shell.complaints == ["new.toml exists already; move it away or name another file"]
    assert (shell.loop.folder / "new.toml").read_text("utf-8") == first
    assert shell.json("--config", "new.toml", "deliveries")["mode"] == "live"
    assert "wrote other.toml" in shell("init", "other.toml")
    shell("init", "no/such/folder.toml", code=2)
    assert shell.complaints == ["no/such/folder.toml cannot be written: No such file or directory"]


def test_check_proves_feeds_templates_and_credentials_without_posting(shell):
    shell.loop.publish("One story")
    found = shell.json("check")
    assert found["ok"] is True
    assert {one["name"]: one["detail"] for one in found["feeds"]} == {"news": "1 articles"}
    assert [one["name"] for one in found["channels"]] == ["x", "telegram", "hook", "mail"]
    assert found["templates"][0]["ok"]
    text = shell("check")
    assert text.count("ok  ") == 6
    assert "FAIL" not in text
    assert all(shell.loop.platforms.journal(name) == [] for name in ("x", "telegram", "hooks", "smtp"))


def test_check_mail_tells_what_providers_will_find_wanting_and_its_fix(shell):
    with NameServer({"x.test A": ["192.0.2.1"]}) as names:
        found = shell.json("check", "--mail", "--resolver", names.address, code=1)
        told = {one["name"]: one for one in found["mail"] if not one["ok"]}
        assert {"spf", "dmarc", "mx", "one-click"} <= set(told)
        assert all(one["fix"] and one["channel"] == "mail" for one in told.values())
        text = shell("check", "--mail", "--resolver", names.address, code=1)
    assert "FAIL mail of mail, spf: " in text
    assert "     add the TXT record at " in text
    shell("check", "--mail", "--resolver", "nowhere", code=2)
    assert any("expected an address such as 192.0.2.53" in line for line in shell.complaints)


class Mute:
    """A channel of another's making, without ``check``."""

    name = kind = "mute"
    limits = Limits(text=None)

    def send(self, parcel):
        raise AssertionError("nothing is sent by a check")

    def close(self):
        return None


def test_a_channel_that_cannot_be_asked_is_no_failure(shell, monkeypatch):
    kinds = {"console": ChannelKind(options=Options, open=lambda name, options: Mute())}
    monkeypatch.setattr("distributor.app.kinds", lambda: {**real_kinds(), **kinds})
    shell.loop.configure(more='\n[channels.screen]\ntype = "console"\n')
    assert {"name": "screen", "ok": True, "detail": "nothing to ask"} in shell.json("check")["channels"]


def test_check_names_the_channel_whose_credentials_are_wrong(shell):
    shell.loop.configure(('\nchat = "', '\nchat = "@nobody_here_at_all" # "'))
    found = shell.json("check", code=1)
    assert found["ok"] is False
    assert [one["name"] for one in found["channels"] if not one["ok"]] == ["telegram"]
    assert "FAIL channel telegram: " in shell("check", code=1)


def test_check_says_that_a_token_of_x_may_only_read(shell):
    shell.loop.platforms.control("x", "config", {"access": "read_only"})
    (found,) = [one for one in shell.json("check", code=1)["channels"] if not one["ok"]]
    assert (found["name"], found["detail"].split(":")[0]) == ("x", "the access token may only read")
    assert "FAIL channel x: the access token may only read: " in shell("check", code=1)


def test_check_names_the_template_that_is_broken(shell):
    folder = shell.loop.folder / "own" / "twitter"
    folder.mkdir(parents=True)
    (folder / "post.txt.j2").write_text("{{ story.headline | shout }}", "utf-8")
    shell.loop.configure(("[desk]\n", '[desk]\ntemplates = "own"\n'))
    found = shell.json("check", code=1)
    assert "shout" in found["templates"][0]["detail"]
    assert "post.txt.j2" in found["templates"][0]["detail"]
    shell("deliveries", code=1)
    assert "shout" in shell.complaints[0]


def test_a_route_with_a_template_that_nobody_wrote_is_found_by_check_and_starts_nothing(shell):
    shell.loop.configure(("[routes.all]\n", '[routes.all]\ntemplate = "flash"\n'))
    assert "telegram/flash: no such template" in shell.json("check", code=1)["templates"][0]["detail"]
    shell("run", "--once", code=1)
    assert any(line.startswith("telegram/flash: no such template") for line in shell.complaints)


def test_a_folder_of_templates_that_is_not_there_is_a_plain_error(shell):
    shell.loop.configure(("[desk]\n", '[desk]\ntemplates = "nowhere"\n'))
    assert shell.json("check", code=1)["templates"][0]["detail"].endswith("/nowhere is no folder")
    shell("deliveries", code=1)
    assert shell.complaints == [f"desk.templates: {shell.loop.folder}/nowhere is no folder"]


# -- run --once, and looking at what it did


def test_one_round_sends_everything_once_and_a_second_nothing(shell):
    urls = shell.loop.publish("One story", "Another story")
    found = shell.json("run", "--once")
    assert found["read"] == [{"name": "news", "articles": 2, "changes": 2, "error": None}]
    assert found["handled"] == {"x": 2, "telegram": 2, "hook": 2, "mail": 0}
    assert found["counts"]["x"] == {"sent": 2}
    text = shell("run", "--once")
    assert "feed news: 0 articles, 0 new or changed" in text
    assert "channel x: 0 handled" in text
    for platform in ("x", "telegram", "hooks"):
        assert sorted(shell.loop.shown(platform).values()) == [1, 1]
    told = shell.json("where", urls[0])
    assert set(told) == {"story", "deliveries", "issues", "lines", "stands", "others"}
    assert told["story"]["headline"] == "One story"
    assert {one["channel"]: one["state"] for one in told["deliveries"]} == dict.fromkeys(
        ("x", "telegram", "hook"), "sent"
    )
    text = shell("where", urls[0])
    assert text.startswith("One story\n")
    assert text.count("sent") == 3
    rows = shell.json("deliveries", "--state", "sent", "--channel", "x")["deliveries"]
    assert {one["headline"] for one in rows} == {"One story", "Another story"}
    assert all(one["at"].endswith("Z") and one["url"].startswith("https://x.com/") for one in rows)
    assert shell("deliveries", "--limit", "1").count("sent") == 1


class AheadClock(SystemClock):
    """The real clock, set ahead when the digest is due."""

    ahead = timedelta(0)

    def now(self):
        return super().now() + self.ahead


def test_where_also_names_the_issues_that_carry_a_story(shell):
    (url,) = shell.loop.publish("One story")
    clock, config = AheadClock(), shell.loop.configure(slot="* * * * *")
    shell("subscribers", "add", "reader@example.org", "--to", "daily")
    with closing(open_app(load(config, environ={}, cwd=config.parent), clock=clock, threaded=False)) as app:
        run_round(app)
        clock.ahead = timedelta(minutes=1)
        run_round(app)
    (line,) = [line for line in shell("where", url).splitlines() if line.startswith("daily")]
    assert "[UTC]" in line
    assert line.rstrip().endswith("1 sent")
    (issue,) = [one for one in shell.json("deliveries")["deliveries"] if one["channel"] == "mail"]
    assert issue["issue"].startswith("daily 2")


def test_the_daemon_itself_has_no_document_to_print(shell):
    shell("run", "--json", code=2)


def test_a_feed_that_cannot_be_read_makes_a_round_negative_and_is_shown(shell):
    shell.loop.serve(gone={"body": "", "status": 404})
    shell.loop.configure(feeds={"news": "/gone.xml"})
    found = shell.json("run", "--once", code=1)
    assert found["read"][0]["error"] == "answered 404"
    assert "feed news: answered 404: nothing is there; is the address right? (2 times in a row)" in shell(
        "run", "--once", code=1
    )
    assert "feed news: answered 404: nothing is there; is the address right? (2 times in a row)" in shell("deliveries")
    shell("fetch", "news", code=4)
    assert shell.complaints == ["answered 404: nothing is there; is the address right?"]


def test_a_paused_channel_is_shown(shell):
    shell.loop.platforms.fault("x", action="status", status=401, times=None)
    shell.loop.publish("One story")
    assert "channel x is paused: " in shell("run", "--once")
    assert "channel x is paused: " in shell("deliveries")


def test_a_locked_store_is_exit_code_3(shell):
    with closing(open_store(shell.loop.state, threaded=False)):
        for command in (["deliveries"], ["run", "--once"], ["subscribers", "list"]):
            shell(*command, code=3)
            assert shell.complaints == [f"the store in {shell.loop.state} is in use by another distributor"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["where", "https://news.example.org/none"], "no story is known by the address"),
        (["where", "\udcff"], "where: url cannot be '\\udcff'"),
        (["where", ""], "no story is known by the address"),
        (["deliveries", "--state", "lost"], "there is no state 'lost'; known: due, failed"),
        (["deliveries", "--channel", "y"], "there is no channel 'y'; known: hook, mail"),
        (["preview", "--channel", "y"], "there is no channel 'y'; known: hook, mail"),
        (["digest", "preview", "weekly"], "there is no digest 'weekly'; known: daily"),
        (["digest", "preview", "daily", "--at", "noon"], "'noon' is not an instant"),
        (["digest", "preview", "daily", "--at", "2026-11-30T07:00"], "'2026-11-30T07:00' has no zone"),
        (["fetch", "sport"], "there is no feed 'sport'; known: news"),
        (["subscribers", "add", "a@example.org", "--to", "weekly"], "nothing to subscribe to under weekly"),
        (["subscribers", "add", "nobody", "--to", "daily"], "'nobody' is not a mail address"),
        (["subscribers", "remove", "a@example.org"], "a@example.org has no such subscription"),
    ],
)
def test_an_expected_refusal_is_one_plain_line_and_exit_code_1(shell, command, told):
    assert shell(*command, code=1) == ""
    (line,) = shell.complaints
    assert line.startswith(told)


# -- fetch


def test_fetch_shows_a_feeds_articles_and_stores_nothing(shell):
    shell.loop.publish("One story")
    found = shell.json("fetch", "news")
    assert (found["kind"], [one["headline"] for one in found["articles"]]) == ("feed", ["One story"])
    assert found["articles"][0]["dateline"] is None
    text = shell("fetch", "news")
    assert "One story" in text
    assert text.endswith("feed: 1 article\n")
    assert not shell.loop.state.exists()


def test_fetch_shows_the_dateline_that_it_took_from_a_story(shell):
    shell.loop.publish("One story", dateline="MINSK, 24 November (Demo News) –")
    (one,) = shell.json("fetch", "news")["articles"]
    assert one["dateline"] == {"place": "MINSK", "date": "24 November", "agency": "Demo News"}
    assert one["body"].startswith("The first sentence says it all.")


def test_fetch_reads_a_saved_document_and_completes_its_addresses(shell):
    saved = shell.loop.folder / "saved.xml"
    saved.write_text(RSS.format(title="A &amp; B", link="/one"), "utf-8")
    found = shell.json("fetch", "--file", "saved.xml", "--base", "https://example.org/")
    (one,) = found["articles"]
    assert (one["headline"], one["url"]) == ("A & B", "https://example.org/one")
    assert one["published"] == "2026-11-24T09:00:00Z"
    assert "A & B" in shell("fetch", "--file", "saved.xml", "--base", "https://example.org/")


def test_fetch_says_in_plain_words_that_a_document_is_no_feed(shell):
    saved = shell.loop.folder / "saved.xml"
    for content in (b"", b"hello", b"<html><body>Hi</body></html>", b"\x00\xff" * 100):
        saved.write_bytes(content)
        shell("fetch", "--file", "saved.xml", code=1)
        assert len(shell.complaints) == 1


def test_fetch_wants_one_feed_or_one_file(shell):
    shell("fetch", code=2)
    shell("fetch", "news", "--file", str(shell.loop.config), code=2)
    shell("fetch", "--file", "none.xml", code=2)


def test_fetch_shows_the_warnings_of_a_document(shell):
    saved = shell.loop.folder / "saved.xml"
    saved.write_text(RSS.format(title="One", link="https://example.org/1").replace("</rss>", ""), "utf-8")
    shell("fetch", "--file", "saved.xml")
    assert shell.complaints[0].startswith("warning: ")


# -- preview and digest preview


def test_preview_shows_each_channels_text_and_sends_nothing(shell):
    assert shell("preview") == "no story is known yet\n"
    shell.loop.configure(('channels = ["x", "telegram", "hook"]', 'channels = ["hook"]'))
    shell.loop.publish("One story", "Another story")
    shell.json("run", "--once")
    found = shell.json("preview", "--channel", "x")["previews"]
    assert {one["headline"] for one in found} == {"One story", "Another story"}
    assert all(one["length"] <= one["limit"] == 280 for one in found)
    text = shell("preview", "--last", "1", "--channel", "x")
    assert text.startswith("x  (")
    assert " of 280 characters; costs 0.2, without a link 0.015)" in text
    assert "hook  (" in shell("preview", "--last", "1", "--channel", "hook")
    assert not shell.loop.texts("x")


def test_digest_preview_shows_the_next_issue_or_why_there_is_none(shell):
    text = shell("digest", "preview", "daily", code=1)
    assert "[UTC]: no issue; not worth an issue: 0 of at least 1 stories" in text
    assert shell.json("digest", "preview", "daily", code=1)["reason"]
    shell.loop.publish("One story")
    shell.json("run", "--once")
    found = shell.json("digest", "preview", "daily", "--html", "issue.html", "--at", "2026-11-30T07:00+03:00")
    assert (found["slot"], found["at"]) == ("2026-11-30T04:00[UTC]", "2026-11-30T04:00:00Z")
    assert [story["headline"] for story in found["stories"]] == ["One story"]
    assert (shell.loop.folder / "issue.html").read_text("utf-8") == found["html"]
    assert "One story" in shell("digest", "preview", "daily")
    shell("digest", "preview", "daily", "--html", "no/such/folder.html", code=1)
    assert shell.complaints == ["no/such/folder.html: No such file or directory"]


# -- schedule next


def test_schedule_next_gives_instants_with_their_offset(shell):
    found = shell.json(
        "schedule", "next", "30 2 * * *", "--zone", "Europe/Berlin", "--from", "2026-10-24T12:00", "--count", "3"
    )
    assert found == ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00", "2026-10-27T02:30:00+01:00"]
    text = shell("schedule", "next", "weekdays at 07:00, 18:30", "--zone", "Europe/Minsk", "--count", "2")
    assert len(text.splitlines()) == 3
    assert all(datetime.fromisoformat(at).tzinfo for at in shell.json("schedule", "next", "every 15 minutes"))


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["61 7 * * *"], "minute: 61"),
        (["0 25 * * *"], "hour: 25"),
        (["0 7 * 13 *"], "month: 13"),
        (["0 7 * * 9"], "day of week: 9"),
        (["0 7 30 2 *"], "day of month: "),
        (["at 25:00"], "time: 25:00"),
        (["every 0 minutes"], "interval: 0"),
        ([""], "nothing is not a schedule"),
        (["whenever"], "is not a schedule"),
        (["0 7 * * *", "--zone", "Mars/Olympus"], "--zone: 'Mars/Olympus' is not a time zone"),
        (["0 7 * * *", "--zone", ""], "--zone: '' is not a time zone"),
        (["0 7 * * *", "--from", "tomorrow"], "--from: 'tomorrow' is not an instant"),
        (["0 7 * * *", "--from", "9999-12-31T23:00+00:00"], "--from: "),
        (["0 7 * * *", "--from", "0001-01-01T00:00+14:00"], "--from: "),
        (["0 7 * * *", "--from", "9999-12-31T23:59-14:00", "--zone", "Pacific/Kiritimati"], "--from: "),
    ],
)
def test_a_schedule_that_is_none_is_exit_code_2_and_names_the_field(shell, arguments, field):
    assert shell("schedule", "next", *arguments, "--json", code=2) == ""
    (line,) = shell.complaints
    assert field in line


# -- subscribers


def test_readers_are_added_listed_and_removed(shell):
    assert "gets" in shell("subscribers", "list")
    added = shell.json("subscribers", "add", "Reader@example.org", "--to", "daily", "--to", "mail", "--name", "Reader")
    assert added == {"address": "Reader@example.org", "topics": ["daily", "mail"], "asked": False}
    assert "b@example.org now gets daily" in shell("subscribers", "add", "b@example.org", "--to", "daily")
    found = shell.json("subscribers", "list")["subscribers"]
    assert found[0]["subscriptions"] == {"daily": "confirmed", "mail": "confirmed"}
    assert (found[0]["name"], found[1]["name"]) == ("Reader", None)
    assert "Reader@example.org" in shell("subscribers", "list")
    assert shell.json("subscribers", "remove", "reader@example.org", "--from", "mail")["ended"] == 1
    assert "b@example.org: 1 subscriptions ended" in shell("subscribers", "remove", "b@example.org")
    found = shell.json("subscribers", "list")["subscribers"]
    assert found[0]["subscriptions"] == {"daily": "confirmed", "mail": "unsubscribed"}


def test_a_reader_is_told_where_to_subscribe_to(shell):
    shell("subscribers", "add", "a@example.org", code=2)


# -- the table of the running demo


def test_the_live_table_is_a_line_for_every_change_where_there_is_no_terminal(capsys):
    with LiveTable() as table:
        for count in (0, 1, 1, 2):
            table.show({"twitter": count, "email": 0}, 2, "the digest leaves at 07:00 UTC")
    assert capsys.readouterr().out.splitlines() == [
        f"twitter {count}/2  email 0/2  (the digest leaves at 07:00 UTC)" for count in (0, 1, 2)
    ]


def test_the_live_table_is_drawn_in_place_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with LiveTable() as table:
        table.show({"twitter": 1}, 2, "a note")
    shown = capsys.readouterr().out
    assert "1 of 2" in shown
    assert "a note" in shown


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("Europe/Minsk", "2026-11-24 15:00:00 (Europe/Minsk)"), ("", "2026-11-24 12:00:00 (UTC)")],
)
def test_people_see_the_desks_zone_with_its_name(tmp_path, zone, shown):
    file = tmp_path / "config.toml"
    file.write_text(f'[desk]\nzone = "{zone}"\n' if zone else "", "utf-8")
    times = desk_instants(file)
    assert times.said("2026-11-24T12:00:00Z") == shown
    assert (times.said(None), times.cell(None)) == ("", "")
    assert times.column("at") == f"at ({times.zone.key})"


@pytest.mark.parametrize("text", ['[desk]\nzone = "Nowhere/Town"\n', "desk = 1\n", "not toml", "[desk]\nzone = 3\n"])
def test_where_the_configuration_names_no_zone_people_see_utc(tmp_path, text):
    (tmp_path / "config.toml").write_text(text, "utf-8")
    assert desk_zone(None, environ={}, cwd=tmp_path) == "UTC"
    assert desk_zone(None, environ={"distributor_desk__zone": "Asia/Tokyo"}, cwd=tmp_path) == "Asia/Tokyo"
