"""What a newcomer reads is true: commands, options, JSON shapes, exit codes, links, targets and names of tests."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import pytest
from click.testing import CliRunner, Result

from distributor.calls import CALLS, dispatch
from distributor.cli.root import COMMANDS, cli
from distributor.control import ControlServer, ask
from distributor.errors import CallError
from distributor.model import State
from distributor.model.people import Role
from distributor.rules.fate.lifecycle import MOVES
from distributor.rules.people.access import BY_ROLE
from distributor.sandbox.client import Running, start
from distributor.store.opening import open_store
from tests.api.fitting import misfits
from tests.api.pages import command_shape
from tests.apps import told_app
from tests.test_architecture import FLOORS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "systemd" / "README.md", *(ROOT / "docs").glob("*.md")]
)


def leaves(group: click.Group, path: str = "distributor") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its whole name."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


LEAVES = dict(leaves(cli))


@cache
def sections() -> dict[str, str]:
    """The parts of docs/commands.md by the command that heads them."""
    parts = re.split(r"^## (.+)$", (ROOT / "docs" / "commands.md").read_text("utf-8"), flags=re.MULTILINE)
    return {title.strip("`"): text for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def shape(command: str) -> Any:
    """The documented JSON of a command."""
    return command_shape(command)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsroom:
    """A small configuration whose feed has been read and sent once."""

    config: Path
    site: Running
    url: str
    #: what ``run --once --json`` printed
    first: dict[str, Any]

    def run(self, *arguments: str, code: int = 0) -> Any:
        """The JSON of a command, which must end with the given code."""
        result = CliRunner().invoke(
            cli, ["--config", str(self.config), *arguments, "--json"], env={"STATE_DIRECTORY": None}
        )
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def code(self, *arguments: str) -> int:
        """The exit code of a command."""
        return self._invoke(*arguments).exit_code

    def _invoke(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, ["--config", str(self.config), *arguments], env={"STATE_DIRECTORY": None})


def spawn(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own: it sets up logging for the whole process."""
    environ = {name: value for name, value in os.environ.items() if name != "STATE_DIRECTORY"}
    command = [sys.executable, "-m", "distributor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environ, check=False)


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    folder = tmp_path_factory.mktemp("newsroom")
    with start(folder / "site", only=("site",)) as site:
        story = {"section": "politics", "headline": "Talks begin", "summary": "Two sides met in the capital on Monday."}
        url = str(site.control("site", "publish", story)["url"])
        config = folder / "config.toml"
        config.write_text(configuration(site.urls["site"]), "utf-8")
        first = spawn("--config", str(config), "run", "--once", "--json")
        assert first.returncode == 0, first.stderr
        yield Newsroom(config=config, site=site, url=url, first=json.loads(first.stdout))


def configuration(site: str, *, feed: str = "/politics/rss.xml") -> str:
    return f"""
        [net]
        allow = ["{urlsplit(site).netloc}"]
        [feeds.politics]
        url = "{site}{feed}"
        first_run = "publish"
        [channels.screen]
        type = "console"
        stream = "stderr"
        [channels.mail]
        type = "email"
        host = "127.0.0.1"
        port = 9
        tls = "none"
        sender = "News <news@example.org>"
        [routes.everything]
        channels = ["screen", "mail"]
        [digests.morning]
        channel = "mail"
        slots = ["every day at 07:00"]
        """


def test_every_command_is_documented_and_no_other():
    assert {title for title in sections() if title.startswith("distributor ")} == set(LEAVES)


def test_every_command_that_a_page_names_is_there():
    named = {
        name for page in PAGES for name in re.findall(r"(?:`|bin/)distributor ([a-z][a-z-]+)", page.read_text("utf-8"))
    }
    assert named - set(COMMANDS) == set()
    assert len(named) > 30


@pytest.mark.parametrize("name", LEAVES)
def test_every_option_has_help_and_stands_in_the_page(name):
    for parameter in LEAVES[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts}"
            assert f"`{parameter.opts[0]}" in sections()[name], f"{name} {parameter.opts}"


@pytest.mark.parametrize("name", LEAVES)
def test_the_page_names_no_option_that_is_not_there(name):
    known = {option for parameter in LEAVES[name].params for option in parameter.opts}
    listed = re.findall(r"^\| `(--[a-z-]+)", sections()[name], flags=re.MULTILINE)
    assert set(listed) <= known


@pytest.mark.parametrize("name", ["distributor", *(f"distributor {one}" for one in COMMANDS), *LEAVES])
def test_every_help_says_what_it_is_for_and_shows_an_example(name):
    result = CliRunner().invoke(cli, [*name.split()[1:], "--help"])
    assert result.exit_code == 0
    assert re.search(r"Examples?:\n +distributor ", result.output), result.output


@pytest.mark.parametrize("name", LEAVES)
def test_the_examples_of_the_help_stand_in_the_page(name):
    examples = re.findall(r"^ +(distributor .+)$", LEAVES[name].help or "", flags=re.MULTILINE)
    assert examples
    assert [one for one in examples if one not in sections()[name]] == []


def test_a_round_gives_the_documented_shape(newsroom):
    assert misfits(newsroom.first, shape("distributor run")) == []
    assert newsroom.first["counts"] == {"screen": {"sent": 1}, "mail": {"skipped": 1}}


@pytest.mark.parametrize(
    ("command", "arguments", "code"),
    [
        ("distributor check", ["check"], 1),
        ("distributor fetch", ["fetch", "politics"], 0),
        ("distributor preview", ["preview", "--last", "3"], 0),
        ("distributor deliveries", ["deliveries"], 0),
        ("distributor channels", ["channels"], 0),
        ("distributor stops", ["stops"], 0),
        ("distributor upcoming", ["upcoming", "--limit", "5"], 0),
        ("distributor plan", ["plan"], 0),
        ("distributor settle", ["settle", "--all", "--drop", "--by", "Ann"], 0),
        ("distributor digest preview", ["digest", "preview", "morning"], 0),
        ("distributor digest clicks", ["digest", "clicks", "morning"], 0),
        ("distributor backup", ["backup"], 0),
        ("distributor hooks list", ["hooks", "list"], 0),
        ("distributor schedule next", ["schedule", "next", "weekdays at 07:00, 18:30", "--zone", "Europe/Minsk"], 0),
    ],
)
def test_a_command_gives_the_documented_shape(newsroom, command, arguments, code):
    found = newsroom.run(*arguments, code=code)
    assert found, command
    assert misfits(found, shape(command)) == []


def test_where_gives_the_documented_shape(newsroom):
    found = newsroom.run("where", newsroom.url)
    assert misfits(found, shape("distributor where")) == []
    assert {one["channel"]: one["state"] for one in found["deliveries"]} == {"screen": "sent", "mail": "skipped"}


def test_the_weighing_of_two_stories_gives_the_documented_shape(newsroom):
    found = newsroom.run("why", newsroom.url, newsroom.url)
    assert misfits(found, shape("distributor why")) == []
    assert found["evidence"][0]["about"] == "store"


@pytest.mark.parametrize("whole", [True, False])
def test_a_proof_gives_the_documented_shape(newsroom, whole):
    found = newsroom.run("prove", *(["--all"] if whole else [newsroom.url]))
    assert misfits(found, shape("distributor prove")) == []
    assert found["ok"]
    assert (found["story"] is None) is whole


def test_a_post_by_hand_and_the_hand_over_give_the_documented_shapes(newsroom):
    posted = newsroom.run("post", "--channels", "screen", "--text", "Briefing at 11:00", "--by", "Ann")
    assert misfits(posted, shape("distributor post")) == []
    mark = posted["story"]["url"]
    reworded = newsroom.run("reword", mark, "--channel", "screen", "--text", "Briefing at noon", "--by", "Ann")
    assert misfits(reworded, shape("distributor reword")) == []
    sheet = newsroom.run("handover")
    assert misfits(sheet, shape("distributor handover")) == []
    assert {one["who"] for one in sheet["decisions"]} >= {"Ann"}
    assert [one["channel"] for one in sheet["sent"]] == ["screen"]


def test_a_day_and_alerts_give_the_documented_shapes(newsroom, tmp_path):
    day = newsroom.run("reconcile", "--day", newsroom.run("where", newsroom.url)["story"]["first_seen"][:10])
    assert misfits(day, shape("distributor reconcile")) == []
    assert {one["channel"]: one["sent"] for one in day["channels"]} == {"screen": 1, "mail": 0}
    config = tmp_path / "config.toml"
    config.write_text(configuration(newsroom.site.urls["site"]) + '[alerts]\nchannels = ["screen"]\n', "utf-8")
    told = Newsroom(config=config, site=newsroom.site, url="", first={})
    for command, arguments in (("test", ()), ("send", ("a notice",))):
        assert misfits(told.run("alerts", command, *arguments), shape(f"distributor alerts {command}")) == []
    store = open_store(tmp_path / "state", threaded=False)
    store.alerts.tell([("screen", 0)])
    store.alerts.raise_alert("disk", "full", now=datetime.now(UTC))
    store.close()
    found = told.run("alerts", "list")
    assert found["alerts"][0]["told"]
    assert misfits(found, shape("distributor alerts list")) == []


def test_feeds_give_the_documented_shapes(newsroom):
    assert misfits(newsroom.run("feeds"), shape("distributor feeds")) == []
    assert misfits(newsroom.run("poll", "politics"), shape("distributor poll")) == []


def test_a_correction_and_a_withdrawal_give_the_documented_shapes(newsroom):
    corrected = newsroom.run("correct", newsroom.url, "--note", "It was another minister.", "--by", "Ann")
    assert misfits(corrected, shape("distributor correct")) == []
    listed = newsroom.run("corrections")
    assert misfits(listed, shape("distributor corrections")) == []
    assert [(one["class"], one["note"], one["who"]) for one in listed["corrections"]] == [
        ("correction", "It was another minister.", "Ann")
    ]
    withdrawn = newsroom.run("withdraw", newsroom.url, "--reason", "an error", "--by", "Ann", code=1)
    assert misfits(withdrawn, shape("distributor withdraw")) == []
    assert [one["channel"] for one in withdrawn["stands"]] == ["screen"]


def test_readers_give_the_documented_shapes(newsroom):
    added = newsroom.run("subscribers", "add", "reader@example.org", "--to", "morning", "--name", "Reader")
    listed = newsroom.run("subscribers", "list")
    given = newsroom.run("subscribers", "export")
    brought = newsroom.config.parent / "readers.csv"
    brought.write_text("address,topic,state\nother@example.org,morning,confirmed\n", "utf-8")
    looked = newsroom.run("subscribers", "import", str(brought), "--dry-run")
    assert misfits(given, shape("distributor subscribers export")) == []
    assert misfits(looked, shape("distributor subscribers import")) == []
    removed = newsroom.run("subscribers", "remove", "reader@example.org")
    assert misfits(added, shape("distributor subscribers add")) == []
    assert misfits(listed, shape("distributor subscribers list")) == []
    assert misfits(removed, shape("distributor subscribers remove")) == []
    assert listed["subscribers"][0]["subscriptions"] == {"morning": "confirmed"}


def test_what_came_back_gives_the_documented_shapes(newsroom, tmp_path):
    box = tmp_path / "box"
    for part in ("new", "cur", "tmp"):
        (box / part).mkdir(parents=True)
    config = tmp_path / "config.toml"
    table = f'[mailboxes.back]\ntype = "maildir"\nfolder = "{box}"\n'
    config.write_text(configuration(newsroom.site.urls["site"]) + table, "utf-8")
    desk = Newsroom(config=config, site=newsroom.site, url="", first={})
    for number in (53, 58):
        desk.run("subscribers", "add", f"reader{number}@example.com", "--to", "morning")
    corpus = ROOT / "tests" / "data" / "bounces"
    for name in ("gmail-address-not-found", "gmail-unauthenticated", "gmail-over-quota", "spam-ordinary"):
        (box / "new" / name).write_bytes((corpus / f"{name}.eml").read_bytes())
    desk.run("subscribers", "add", "reader56@example.com", "--to", "morning")
    assert spawn("--config", str(config), "run", "--once").returncode == 0
    found = desk.run("bounce", "list")
    assert misfits(found, shape("distributor bounce list")) == []
    assert [len(found[key]) for key in ("returns", "scores", "suppressed", "providers")] == [4, 1, 1, 1]
    said = desk._invoke("bounce", "list").output
    assert "refusing us" in said
    assert "1 not understood" in said
    resumed = desk.run("bounce", "resume", "example.com")
    assert misfits(resumed, shape("distributor bounce resume")) == []
    assert misfits(desk.run("bounce", "seen"), shape("distributor bounce seen")) == []
    reason = ("reader58@example.com", "--reason", "by telephone", "--by", "Ann")
    for word in ("suppress", "unsuppress"):
        told = desk.run("subscribers", word, *reason)
        assert misfits(told, shape(f"distributor subscribers {word}")) == []
    assert desk.code("subscribers", "suppress", *reason) == desk.code("subscribers", "unsuppress", *reason) == 0
    assert desk.code("bounce", "seen") == 0
    assert desk.code("bounce", "resume", "example.com") == 1
    assert desk.code("bounce", "list", "--unknown") == 0


def test_a_mail_that_came_back_gives_the_documented_shape_without_any_store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    corpus = ROOT / "tests" / "data" / "bounces"
    files = [str(corpus / "qmail-two-of-three.eml"), str(corpus / "arf-redacted-recipient.eml")]
    result = CliRunner().invoke(cli, ["bounce", "read", *files, "--json"])
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["file"] for one in found] == files
    assert [misfits(one, shape("distributor bounce read")) for one in found] == [[], []]
    assert list(tmp_path.iterdir()) == []


def test_a_digest_without_stories_gives_the_same_shape_and_the_reason(newsroom, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(configuration(newsroom.site.urls["site"]), "utf-8")
    empty = Newsroom(config=config, site=newsroom.site, url="", first={})
    found = empty.run("digest", "preview", "morning", code=1)
    assert misfits(found, shape("distributor digest preview")) == []
    assert found["reason"]
    assert found["text"] is None


def test_init_gives_the_documented_shape_and_overwrites_nothing(tmp_path):
    path = str(tmp_path / "config.toml")
    first = CliRunner().invoke(cli, ["init", path, "--json"])
    assert misfits(json.loads(first.stdout), shape("distributor init")) == []
    assert CliRunner().invoke(cli, ["init", path]).exit_code == 2


def test_a_key_for_mail_gives_the_documented_shape_and_is_kept(tmp_path):
    asked = ["keys", "dkim", "--domain", "Example.org.", "--selector", "s2026a", "--out", str(tmp_path / "key")]
    first, second = (CliRunner().invoke(cli, [*asked, "--json"]) for _ in range(2))
    made, kept = json.loads(first.stdout), json.loads(second.stdout)
    assert misfits(made, shape("distributor keys dkim")) == []
    assert made["name"] == "s2026a._domainkey.example.org"
    assert kept == made | {"made": False}
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    shown = CliRunner().invoke(cli, asked).stdout
    assert made["record"] in shown.replace('" "', "")
    (tmp_path / "key").write_text("no key")
    assert CliRunner().invoke(cli, asked).exit_code == 2


def test_the_demo_gives_the_documented_shape(tmp_path):
    result = spawn("demo", "--once", "--json", "--out", str(tmp_path / "page"))
    found = json.loads(result.stdout)
    assert misfits(found, shape("distributor demo")) == []
    assert (result.returncode, found["ok"]) == (0, True)
    assert Path(found["page"]).is_file()


def test_what_the_readme_shows_of_the_demo_is_what_it_says():
    from distributor.cli.running import _words
    from distributor.drills.loopback import FACTOR
    from distributor.drills.stories import STORIES

    count = len(STORIES)
    visible = dict.fromkeys(("twitter", "telegram", "webhook", "email"), count)
    sums = {"ok": True, "stories": count, "planned": 21, "doubled": 0, "missing": 0, "unknown": 0}
    words = _words({**sums, "visible": visible, "limit_factor": FACTOR, "page": "demo-out/index.html"})
    assert words in (ROOT / "README.md").read_text("utf-8")


def test_a_shape_that_differs_is_found():
    wanted = {"name": "text", "at": "instant or null", "counts": {"<state>": "integer"}, "rows": [{"id": "integer"}]}
    right = {"name": "x", "at": "2026-11-30T04:00:00Z", "counts": {"sent": 1}, "rows": [{"id": 1}]}
    assert misfits(right, wanted) == []
    wrong = [
        {**right, "more": 1},
        {**right, "name": None},
        {**right, "at": "2026-11-30T07:00:00+03:00"},
        {**right, "counts": {"sent": "1"}},
        {**right, "rows": [{"id": True}]},
        {**right, "rows": {}},
        {**right, "counts": []},
    ]
    assert all(misfits(one, wanted) for one in wrong)


def test_exit_codes_are_as_documented(newsroom, tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text('[feeds.news]\nurl = "ftp://example.org/"\n', "utf-8")
    gone = tmp_path / "gone.toml"
    gone.write_text(configuration(newsroom.site.urls["site"], feed="/no-such-feed.xml"), "utf-8")
    locked = tmp_path / "locked.toml"
    locked.write_text(configuration(newsroom.site.urls["site"]), "utf-8")

    def code(config: Path, *arguments: str) -> int:
        return Newsroom(config=config, site=newsroom.site, url="", first={}).code(*arguments)

    assert newsroom.code("deliveries") == 0
    assert newsroom.code("where", "https://example.org/nothing/") == 1
    assert newsroom.code("fetch", "sports") == 1
    assert newsroom.code("deliveries", "--no-such-option") == 2
    assert newsroom.code("schedule", "next", "now and then") == 2
    assert code(broken, "deliveries") == 2
    assert code(tmp_path / "not-there.toml", "check") == 2
    assert code(gone, "fetch", "politics") == 4
    store = open_store(tmp_path / "state", threaded=False)
    try:
        assert code(locked, "deliveries") == 3
        assert spawn("--config", str(locked), "run", "--once").returncode == 3
    finally:
        store.close()
    listed = re.findall(r"^\| (\d) \|", sections()["Exit codes"], flags=re.MULTILINE)
    assert listed == ["0", "1", "2", "3", "4"]


def test_the_page_lists_every_state():
    assert all(f"`{state.value}`" in sections()["How shapes are written"] for state in State)


def test_the_page_lists_every_call_with_its_arguments():
    rows = re.findall(r"^\| `(\w+)` \|(.*?)\| (?:what|as) ", sections()["The control socket"], flags=re.MULTILINE)
    documented = {name: re.findall(r"`(\w+)`", arguments) for name, arguments in rows}
    real = {name: list(inspect.signature(one.run).parameters)[1:] for name, one in CALLS.items()}
    assert documented == real


def test_the_page_lists_every_code_of_a_refusal():
    sources = [path.read_text("utf-8") for path in (ROOT / "distributor").rglob("*.py")]
    raised = {code for text in sources for code in re.findall(r'CallError\(\s*"(\w+)"', text)} | {"failed", "internal"}
    documented = set(re.findall(r"`(\w+)`", sections()["The control socket"]))
    assert raised - documented == set()


def test_the_protocol_of_the_socket_is_as_documented(tmp_path):
    lines = re.findall(r'^\{"(?:v|ok)".+\}$', sections()["The control socket"], flags=re.MULTILINE)
    question, answer, refusal = (json.loads(line) for line in lines)
    seen = []

    def run(name: str, args: Any) -> dict[str, Any]:
        seen.append((name, args))
        if name != question["call"]:
            raise CallError(refusal["error"]["code"], refusal["error"]["message"], hint=refusal["error"]["hint"])
        return dict(answer["result"])

    server = ControlServer(tmp_path, run)
    try:
        assert (tmp_path / "control.sock").stat().st_mode & 0o777 == 0o600
        assert ask(tmp_path, question["call"], question["args"]) == answer["result"]
        with pytest.raises(CallError, match=re.escape(refusal["error"]["message"])):
            ask(tmp_path, "print", {})
    finally:
        server.close()
    assert seen == [(question["call"], question["args"]), ("print", {})]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = page if not path else page.parent / path
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readmes_make_targets_exist():
    named = set(re.findall(r"\bmake ([a-z]+)\b(?=[` ]|$)", (ROOT / "README.md").read_text("utf-8"), flags=re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
    assert {"demo", "test"} <= named
    assert named <= targets


@pytest.mark.parametrize("page", ["README.md", "systemd/README.md", "CHANGELOG.md"])
def test_every_command_that_a_page_shows_exists(page):
    text = (ROOT / page).read_text("utf-8")
    shown = re.findall(
        r"(?:bin/distributor|`distributor|newsroom news)(?: --config \S+)? ([a-z][a-z-]*)(?: ([a-z]+))?", text
    )
    assert shown
    for first, second in shown:
        name = f"distributor {first}"
        assert name in LEAVES or f"{name} {second}" in LEAVES, f"{page}: {first} {second}"


def test_every_test_that_proves_a_guarantee_exists():
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "guarantees.md").read_text("utf-8")))
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), flags=re.MULTILINE)
    }
    assert named
    assert named <= there


def test_the_design_page_shows_the_floors_as_they_are():
    rows = re.findall(r"^\| (\d+) \| ((?:`\w+` ?)+)\|", (ROOT / "docs" / "design.md").read_text("utf-8"), re.MULTILINE)
    shown = [set(re.findall(r"`(\w+)`", names)) for _, names in rows]
    assert shown == [set(rooms) - {"__init__"} for rooms in FLOORS]


def test_the_design_page_shows_the_moves_as_they_are():
    text = (ROOT / "docs" / "design.md").read_text("utf-8")
    (table,) = re.findall(r"^\| From \| To \|\n\|[-|]+\|\n((?:\|.+\|\n)+)", text, flags=re.MULTILINE)
    shown: dict[str, set[str]] = {}
    for row in table.splitlines():
        start_, ends = (cell.strip() for cell in row.strip("|").split("|"))
        for state in start_.split(", "):
            shown[state] = set() if ends == "nothing" else set(ends.partition(":")[0].split(", "))
    assert shown == {state.value: {one.value for one in ends} for state, ends in MOVES.items()}


def test_the_decisions_of_the_design_are_numbered_without_gaps():
    numbers = re.findall(r"^\*\*(\d+)\. ", (ROOT / "docs" / "design.md").read_text("utf-8"), flags=re.MULTILINE)
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


def test_people_and_tokens_give_the_documented_shapes(newsroom, tmp_path):
    secret = tmp_path / "password.txt"
    secret.write_text("a long and quiet river\n", "utf-8")
    asked = ["--password-file", str(secret), "--by", "Ann"]
    told = {
        "user add": newsroom.run("user", "add", "Edda", "--role", "editor", *asked),
        "user list": newsroom.run("user", "list"),
        "user role": newsroom.run("user", "role", "edda", "--role", "chief", "--by", "Ann"),
        "user password": newsroom.run("user", "password", "Edda", *asked),
        "user remove": newsroom.run("user", "remove", "Edda", "--by", "Ann"),
        "token add": newsroom.run("token", "add", "cms", "--scope", "read", "--by", "Ann"),
        "token list": newsroom.run("token", "list"),
        "token remove": newsroom.run("token", "remove", "cms", "--by", "Ann"),
    }
    assert [name for name, found in told.items() if misfits(found, shape(f"distributor {name}"))] == []
    assert newsroom.code("user", "remove", "Edda", "--by", "Ann") == 1


def test_who_logs_in_by_a_provider_alone_is_asked_for_no_password(newsroom, tmp_path):
    made = ["user", "add", "anna@example.org", "--role", "viewer", "--no-password", "--by", "Ann"]
    assert misfits(newsroom.run(*made), shape("distributor user add")) == []
    assert newsroom.code("user", "remove", "anna@example.org", "--by", "Ann") == 0
    (tmp_path / "password.txt").write_text("a long and quiet river\n", "utf-8")
    assert newsroom.code(*made, "--password-file", str(tmp_path / "password.txt")) == 2


def test_a_password_is_asked_for_twice_and_shown_nowhere(newsroom):
    arguments = ["--config", str(newsroom.config), "user", "add", "Tess", "--role", "viewer", "--by", "Ann"]
    said = "a long and quiet river"
    result = CliRunner().invoke(cli, arguments, input=f"{said}\n{said}\n", env={"STATE_DIRECTORY": None})
    assert (result.exit_code, said in result.output) == (0, False)
    assert "Tess may use the desk as viewer" in result.output
    assert "Tess" in newsroom._invoke("user", "list").output
    assert newsroom._invoke("user", "remove", "Tess", "--by", "Ann").output == "Tess may not use the desk any more\n"


def test_the_page_of_the_desk_says_which_role_may_do_what():
    page = (ROOT / "docs" / "desk.md").read_text("utf-8")
    for role in (Role.EDITOR, Role.CHIEF, Role.OPERATOR):
        (row,) = re.findall(rf"^\| `{role.value}` \| (.+) \|$", page, flags=re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row)) == BY_ROLE[role], role


def test_what_the_first_page_shows_has_the_documented_shape(tmp_path):
    page = (ROOT / "docs" / "desk.md").read_text("utf-8")
    told = page[page.index("The result of `now`") :]
    (block,) = re.findall(r"^```json\n(.+?)^```", told, flags=re.MULTILINE | re.DOTALL)
    app = told_app(tmp_path)
    app.ingesters["politics"].run_once(app.clock.now())
    while app.deliverers["x"].run_once():
        continue
    found = dispatch(app, "now", {})
    app.close()
    assert misfits(found, json.loads(block)) == []
    assert {one["name"]: len(one["earlier"]) for one in found["channels"]} == {"x": 1, "y": 0, "mail": 0}
