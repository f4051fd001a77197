"""Which file is read, what is stronger than what, and what the program is given in the end."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distributor import channels, config
from distributor.config import location
from distributor.errors import ConfigError
from distributor.model import (
    Approval,
    ChannelPolicy,
    Digest,
    Doubt,
    FollowUp,
    Links,
    Route,
    Silence,
    Stale,
    Style,
    Takes,
)
from distributor.secret import Secret
from distributor.sources.own.documents import DocumentOptions
from tests.unit.config_kinds import KINDS, Chat, Screen, Way, load

CHAT = '[channels.tg-main]\ntype = "chat"\nchat = "@file"\ntoken = {env = "TOKEN"}\n'
TOKEN = {"TOKEN": "12345:file"}


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "kinds", lambda: KINDS)


def _problems(folder: Path, **asked: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load(asked.get("path"), environ=asked.get("environ", {}), cwd=folder)
    return str(caught.value)


# ------------------------------------------------------------------ which file


def test_the_file_that_was_asked_for_is_read_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('desk.name = "Own"')
    found = load(tmp_path, config='desk.name = "Here"', environ={"DISTRIBUTOR_CONFIG": "own.toml"})
    assert (found.desk.name, found.file) == ("Own", tmp_path / "own.toml")
    asked = config.load(Path("config.toml"), environ={"DISTRIBUTOR_CONFIG": "own.toml"}, cwd=tmp_path)
    assert asked.desk.name == "Here"


def test_without_a_wish_the_present_folder_comes_before_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = tmp_path / "etc.toml"
    system.write_text('desk.name = "System"')
    monkeypatch.setattr(location, "SYSTEM_FILE", system)
    assert config.load(None, environ={}, cwd=tmp_path).desk.name == "System"
    assert load(tmp_path, config='desk.name = "Here"').desk.name == "Here"


def test_no_file_at_all_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(location, "SYSTEM_FILE", Path("/nowhere/config.toml"))
    assert _problems(tmp_path) == (
        "config.toml: no such file, neither here nor as /nowhere/config.toml; "
        "give --config FILE or run: distributor init"
    )


def test_a_missing_file_is_never_taken_for_an_empty_one(tmp_path: Path) -> None:
    expected = "no such file; expected a configuration file"
    assert _problems(tmp_path, path=Path("typo.toml")) == f"typo.toml: {expected}"
    assert _problems(tmp_path, environ={"DISTRIBUTOR_CONFIG": "typo.toml"}) == f"typo.toml: {expected}"


def test_a_folder_and_bytes_that_are_no_text_are_reported(tmp_path: Path) -> None:
    assert _problems(tmp_path, path=tmp_path / ".").endswith(
        "cannot be read (is a directory); expected a readable file"
    )
    (tmp_path / "config.toml").write_bytes(b'name = "\xff"')
    assert _problems(tmp_path) == "config.toml: not a text in UTF-8; save it as UTF-8"


def test_a_folder_that_may_not_be_entered_is_reported_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)
    assert location.find_file(Path("config.toml"), {}, tmp_path).shown == "config.toml"


def test_a_file_outside_the_present_folder_is_shown_with_its_whole_path(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "config.toml").write_text("mode = 1")
    message = _problems(tmp_path / "here", path=tmp_path / "config.toml")
    assert message == f'{tmp_path}/config.toml:1: mode: found 1; expected "live" or "shadow"'


# ------------------------------------------------------------------ what the program is given


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    found = load(tmp_path, config="")
    assert found == config.Settings(
        mode="live",
        file=tmp_path / "config.toml",
        store_folder=tmp_path / "state",
        desk=config.DeskSettings(
            name="Newsroom", zone="UTC", language="en", editorial=tmp_path / "editorial.toml", templates=None,
            corrections_feed=None,
        ),
        net=config.NetSettings(
            allow=(), contact="", timeout=timedelta(seconds=20), most_bytes=10 * 2**20, proxy=""
        ),
        readers=config.ReaderSettings(letters=None, secret=None, previous_secret=None, proxies=()),
        mail=config.MailSettings(imprint="", count_clicks=False),
        feeds=(),
        channels=(),
        routes=(),
        digests=(),
        style=Style(),
        alerts=config.AlertSettings(
            channels=(), feed_failures=5, heartbeat_file=None, heartbeat_url=None, heartbeat_every=timedelta(minutes=1),
            reconcile="every day at 00:10",
        ),
        backup=config.BackupSettings(folder=None, at=("every day at 03:30",), keep=14),
        operations=config.OperationsSettings(bot=None, chat=None, topic=None, people={}, handover=()),
        web=config.WebSettings(
            listen=None, public=None, readers=None, readers_before=(), news=True, corrections=True, embed=(), desk=True,
            proxies=(), receipts=(),
        ),
        oidc=config.OidcSettings(
            issuer=None, client_id=None, client_secret=None, label="", claim="email", scopes=("email",)
        ),
        mailboxes=(),
        hooks=(),
        receivers=(),
        warnings=(),
    )  # fmt: skip


def test_every_key_reaches_the_program(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        environ=TOKEN,
        config="""
            mode = "shadow"
            [store]
            folder = "/var/lib/news"
            [desk]
            name = "BelTA"
            zone = "Europe/Minsk"
            language = "be"
            templates = "own"
            corrections_feed = "public/corrections.xml"
            [net]
            allow = ["cms.lan:8080", "10.0.0.0/8", "[fd00::1]:80", "::1", "127.0.0.1"]
            contact = "desk@example.org"
            timeout = "1m30s"
            most_bytes = 4096
            proxy = "http://u:hunter2@proxy.lan:3128"
            [mail]
            imprint = "One\\nTwo"
            [feeds.world]
            type = "feed"
            url = "https://example.org/w"
            every = "10s"
            category = "world"
            language = "en"
            agencies = ["AP"]
            first_run = "publish"
            surge = 2.5
            surge_least = 10
            alert_silence = false
            correction_marks = ["FIX"]
            kill_marks = ["STOP"]
            internal_marks = ["DRAFT"]
            image_rights = "required"
            recheck = "2h"
            proxy = ""
            [feeds.home]
            url = "https://example.org/h"
            [channels.tg]
            type = "chat"
            chat = "@desk"
            token = {env = "TOKEN"}
            patience = 2
            tags = ["a", "b"]
            json = "yes"
            level = 2
            gap = "2m"
            most_per_hour = 4
            most_per_day = 40
            quiet = "23:00-06:00"
            quiet_silent = true
            slots = ["at 09:00"]
            fair_share = false
            fold_above = 5
            stale = "skip"
            unknown = "never"
            price = 0.015
            price_with_link = 0.2
            price_read = 0.005
            budget_per_day = 1
            budget_per_month = 20.5
            links = "top"
            top_urgency = 2
            watch = "30s"
            on_update = "edit"
            on_refile = "edit-visible"
            on_correction = "replace"
            on_withdrawal = "reply"
            takes = "replace"
            [channels.mail]
            type = "email"
            [routes.all]
            feeds = ["world"]
            categories = ["world"]
            keywords = ["Minsk"]
            languages = ["en", "be-tarask"]
            urgency = 3
            channels = ["tg"]
            template = "short"
            delay = "2m"
            shelf_life = "3h"
            approval = "two"
            silence = "skip"
            silence_after = "20m"
            undo = "90s"
            [digests.weekly]
            title = "The week"
            channel = "mail"
            slots = ["at 07:00"]
            zone = "Europe/Paris"
            feeds = ["home"]
            categories = ["home"]
            languages = ["en"]
            order = "urgency"
            most = 5
            least = 2
            template = "long"
        """,
    )
    assert (found.mode, found.store_folder, found.warnings) == ("shadow", Path("/var/lib/news"), ())
    assert found.desk == config.DeskSettings(
        name="BelTA",
        zone="Europe/Minsk",
        language="be",
        editorial=tmp_path / "editorial.toml",
        templates=tmp_path / "own",
        corrections_feed=tmp_path / "public" / "corrections.xml",
    )
    assert found.net.allow == ("cms.lan:8080", "10.0.0.0/8", "[fd00::1]:80", "::1", "127.0.0.1")
    assert (found.net.timeout, found.net.most_bytes) == (timedelta(seconds=90), 4096)
    assert (found.net.contact, found.mail.imprint) == ("desk@example.org", "One\nTwo")
    world, home = found.feeds
    assert world == config.FeedSettings(
        name="world",
        type="feed",
        options=DocumentOptions(url="https://example.org/w"),
        every=timedelta(seconds=10),
        fastest=timedelta(seconds=10),
        slowest=timedelta(seconds=30),
        category="world",
        language="en",
        agencies=("AP",),
        zone="",
        first_run="publish",
        surge=2.5,
        surge_least=10,
        alert_silence=False,
        correction_marks=("FIX",),
        kill_marks=("STOP",),
        internal_marks=("DRAFT",),
        image_rights="required",
        recheck=timedelta(hours=2),
        proxy="",
    )
    assert (home.first_run, home.proxy) == ("seen", "http://u:hunter2@proxy.lan:3128")
    assert found.channels[0] == config.ChannelSettings(
        name="tg",
        kind="chat",
        options=Chat(token=Secret("12345:file"), chat="@desk", patience=2.0, tags=("a", "b"), json="yes", level=2),
        policy=ChannelPolicy(
            gap=timedelta(minutes=2),
            most_per_hour=4,
            most_per_day=40,
            quiet="23:00-06:00",
            quiet_silent=True,
            slots=("at 09:00",),
            fair_share=False,
            fold_above=5,
            stale=Stale.SKIP,
            unknown=Doubt.NEVER,
            price=15_000,
            price_with_link=200_000,
            price_read=5_000,
            budget_per_day=1_000_000,
            budget_per_month=20_500_000,
            links=Links.TOP,
            top_urgency=2,
            watch=timedelta(seconds=30),
            on_update=FollowUp.EDIT,
            on_refile=FollowUp.EDIT_VISIBLE,
            on_correction=FollowUp.REPLACE,
            on_withdrawal=FollowUp.REPLY,
            takes=Takes.REPLACE,
            zone="Europe/Minsk",
        ),
    )
    assert type(found.channels[0].options) is Chat
    assert found.routes == (
        Route(
            name="all",
            channels=("tg",),
            feeds=("world",),
            categories=("world",),
            keywords=("Minsk",),
            languages=("en", "be-tarask"),
            urgency=3,
            delay=120.0,
            shelf_life=timedelta(hours=3),
            approval=Approval.TWO,
            silence=Silence.SKIP,
            silence_after=timedelta(minutes=20),
            undo=timedelta(seconds=90),
            template="short",
        ),
    )
    assert found.digests == (
        Digest(
            name="weekly",
            title="The week",
            channel="mail",
            slots=("at 07:00",),
            zone="Europe/Paris",
            feeds=("home",),
            categories=("home",),
            languages=("en",),
            order="urgency",
            most=5,
            least=2,
            template="long",
        ),
    )
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("keys", "warnings"),
    [
        ("budget_per_day = 0.1", ("budget_per_day: 0.1 reaches for no post with a link (0.2)",)),
        ('budget_per_day = 0.1\nlinks = "never"', ()),
        ('budget_per_month = 0.01\nlinks = "never"', ("budget_per_month: 0.01 reaches for no post (0.015)",)),
        ("budget_per_day = 1.0\nbudget_per_month = 0.2", ()),
        ("", ()),
    ],
)
def test_a_budget_that_reaches_for_no_post_is_warned_of(tmp_path: Path, keys: str, warnings: tuple[str, ...]) -> None:
    text = f'[channels.screen]\ntype = "console"\nprice = 0.015\nprice_with_link = 0.2\n{keys}\n'
    found = load(tmp_path, config=text).warnings
    assert [line.partition("channels.screen.")[2] for line in found] == list(warnings)


def test_a_digest_takes_name_and_zone_from_where_it_stands(tmp_path: Path) -> None:
    text = '[desk]\nzone = "Europe/Minsk"\n[channels.mail]\ntype = "email"\n[digests.evening]\nchannel = "mail"\n'
    found = load(tmp_path, config=text)
    assert (found.digests[0].title, found.digests[0].zone) == ("evening", "Europe/Minsk")
    assert found.warnings == ("config.toml:5: digests.evening: has no slots, so no issue opens by itself",)


def test_keys_that_pace_posts_bring_a_warning_on_mail(tmp_path: Path) -> None:
    found = load(tmp_path, config='[channels.mail]\ntype = "email"\ngap = "5m"\nstale = "fold"\nunknown = "ask"\n')
    said = "is of type email, which is not paced: no effect of gap, stale"
    assert found.warnings == (f"config.toml:1: channels.mail: {said}",)


def test_a_line_in_the_next_issue_needs_a_channel_that_mails_issues(tmp_path: Path) -> None:
    text = '[channels.c]\ntype = "console"\non_correction = "next-digest"\n'
    (tmp_path / "config.toml").write_text(text)
    said = 'config.toml:3: channels.c.on_correction: a channel of type "console" has no issues; '
    assert _problems(tmp_path) == f'{said}expected "email" for next-digest'
    text = '[channels.m]\ntype = "email"\non_withdrawal = "next-digest"\n'
    (tmp_path / "config.toml").write_text(text)
    (warning,) = config.load(None, environ={}, cwd=tmp_path).warnings
    assert warning.endswith("on_withdrawal: no digest leaves through it, so nobody is told in a next issue")
    (tmp_path / "config.toml").write_text(f'{text}[digests.d]\nchannel = "m"\nslots = ["@daily"]\n')
    assert config.load(None, environ={}, cwd=tmp_path).warnings == ()


def test_slots_are_judged_by_the_schedules_of_the_program(tmp_path: Path) -> None:
    text = '[channels.mail]\ntype = "email"\n[digests.d]\nchannel = "mail"\nslots = ["weekdays at 07:00", "at 07:00"]\n'
    (tmp_path / "config.toml").write_text(text)
    line = _problems(tmp_path)
    assert line.startswith('config.toml:5: digests.d.slots: found "at 07:00"; ')
    (tmp_path / "config.toml").write_text(text.replace(', "at 07:00"', ', "30 18 * * *"'))
    assert config.load(None, environ={}, cwd=tmp_path).digests[0].slots == ("weekdays at 07:00", "30 18 * * *")


def test_the_state_folder_of_systemd_is_used_unless_another_is_named(tmp_path: Path) -> None:
    environ = {"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}
    assert load(tmp_path, config="", environ=environ).store_folder == Path("/var/lib/a")
    assert load(tmp_path, config='store.folder = "mine"', environ=environ).store_folder == tmp_path / "mine"
    named = environ | {"DISTRIBUTOR_STORE__FOLDER": "/srv"}
    assert load(tmp_path, config="", environ=named).store_folder == Path("/srv")


# ------------------------------------------------------------------ the editors' file


def test_editors_add_routes_and_digests(tmp_path: Path) -> None:
    operator = '[channels.screen]\ntype = "console"\n[routes.a]\nchannels = ["screen"]\n'
    found = load(tmp_path, config=operator, editorial='[routes.b]\nchannels = ["screen"]\n')
    assert sorted(route.name for route in found.routes) == ["a", "b"]


def test_the_editors_file_may_stand_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "own.toml").write_text('[routes.b]\nchannels = ["screen"]\n')
    operator = '[channels.screen]\ntype = "console"\n'
    found = load(tmp_path, config=f'desk.editorial = "desk/own.toml"\n{operator}')
    assert found.routes[0].name == "b"
    named = load(tmp_path, config=operator, environ={"DISTRIBUTOR_DESK__EDITORIAL": "desk/own.toml"})
    assert (named.routes[0].name, named.desk.editorial) == ("b", tmp_path / "desk" / "own.toml")


# ------------------------------------------------------------------ precedence


def _with_secret(folder: Path, name: str, text: str) -> dict[str, str]:
    (folder / "secrets").mkdir(exist_ok=True)
    (folder / "secrets" / name).write_text(text)
    (folder / "secrets" / name).chmod(0o600)
    return {"DISTRIBUTOR_SECRETS": str(folder / "secrets")}


def _chat(settings: config.Settings) -> Chat:
    options = settings.channels[0].options
    assert isinstance(options, Chat)
    return options


def test_tables_below_a_table_are_read_and_set_from_outside(tmp_path: Path) -> None:
    text = (
        '[channels.mail]\ntype = "email"\n[channels.mail.ways."eu.a"]\nhost = "a"\n[channels.mail.ways.b]\nhost = "b"\n'
    )
    environ = {"DISTRIBUTOR_CHANNELS__MAIL__WAYS__EU_A__PASSWORD": "hunter22", "P": "x"}
    environ |= _with_secret(tmp_path, "channels__mail__ways__b__priority", "7")
    (found,) = load(tmp_path, config=text, environ=environ).channels
    assert found.options.ways == {
        "eu.a": Way(host="a", password=Secret("hunter22")),
        "b": Way(host="b", priority=7),
    }
    assert "hunter22" not in repr(found)


def test_environment_before_secret_files_before_files(tmp_path: Path) -> None:
    environ = dict(TOKEN)
    assert _chat(load(tmp_path, config=CHAT, environ=environ)).chat == "@file"
    environ |= _with_secret(tmp_path, "channels__tg_main__chat", "@folder\n")
    assert _chat(load(tmp_path, config=CHAT, environ=environ)).chat == "@folder"
    environ |= {"DISTRIBUTOR_CHANNELS__TG_MAIN__CHAT": "@environment"}
    assert _chat(load(tmp_path, config=CHAT, environ=environ)).chat == "@environment"


def test_a_secret_from_outside_replaces_that_of_the_file_without_a_warning(tmp_path: Path) -> None:
    text = CHAT.replace('{env = "TOKEN"}', '{credential = "is_not_there"}')
    environ = _with_secret(tmp_path, "Channels__TG-Main__Token", "12345:folder\n")
    found = load(tmp_path, config=text, environ=environ)
    assert (_chat(found).token.reveal(), found.warnings) == ("12345:folder", ())
    found = load(tmp_path, config=text, environ={"distributor_channels__tg_main__token": "12345:environment"})
    assert (_chat(found).token.reveal(), found.warnings) == ("12345:environment", ())


def test_the_credentials_of_systemd_come_before_the_other_folder(tmp_path: Path) -> None:
    (tmp_path / "creds").mkdir()
    (tmp_path / "creds" / "desk__name").write_text("Creds")
    (tmp_path / "creds" / "desk__name").chmod(0o600)
    environ = _with_secret(tmp_path, "desk__name", "Folder") | {"CREDENTIALS_DIRECTORY": str(tmp_path / "creds")}
    assert load(tmp_path, config="", environ=environ).desk.name == "Creds"


def test_variables_are_read_as_their_keys_ask(tmp_path: Path) -> None:
    prefix = "DISTRIBUTOR_CHANNELS__TG_MAIN__"
    environ = TOKEN | {
        f"{prefix}SILENT": "yes",
        f"{prefix}TOPIC": "7",
        f"{prefix}PATIENCE": "2.5",
        f"{prefix}TAGS": "a, b,,c",
        f"{prefix}LEVEL": "2",
        f"{prefix}BACKUP": "12345:backup",
        "DISTRIBUTOR_NET__ALLOW": '["cms.lan", "::1"]',
        "DISTRIBUTOR_NET__MOST_BYTES": "2MiB",
        "DISTRIBUTOR_NET__TIMEOUT": "5s",
        "DISTRIBUTOR_ROUTES__R__URGENCY": "2",
        "DISTRIBUTOR_MODE": "shadow",
    }
    found = load(tmp_path, config=CHAT + '[routes.r]\nchannels = ["tg-main"]\n', environ=environ)
    assert _chat(found) == Chat(
        token=Secret("12345:file"),
        chat="@file",
        backup=Secret("12345:backup"),
        silent=True,
        topic=7,
        patience=2.5,
        tags=("a", "b", "c"),
        level=2,
    )
    assert (found.net.allow, found.net.most_bytes) == (("cms.lan", "::1"), 2 * 2**20)
    assert (found.net.timeout, found.routes[0].urgency) == (timedelta(seconds=5), 2)
    assert found.mode == "shadow"


def test_reserved_and_foreign_variables_are_no_keys(tmp_path: Path) -> None:
    environ = {"DISTRIBUTOR_CONFORMANCE": "/x", "DISTRIBUTORS": "no", "PATH": "/bin"}
    assert load(tmp_path, config="", environ=environ).warnings == ()


def test_a_channel_of_an_unknown_kind_makes_one_problem_not_two(tmp_path: Path) -> None:
    text = '[channels.x]\ntype = "no such kind"\nkey = "v"\n[routes.a]\nchannels = ["x"]\n'
    (tmp_path / "config.toml").write_text(text)
    assert len(_problems(tmp_path).splitlines()) == 1


def test_a_table_of_another_shape_can_be_overridden_only_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[channels.s]\ntype = "console"\n')
    lines = _problems(tmp_path, environ={"DISTRIBUTOR_CHANNELS__S__TYPE": "email"})
    assert lines.startswith("environment: DISTRIBUTOR_CHANNELS__S__TYPE: unknown key; ")


def test_loading_opens_no_channel(tmp_path: Path) -> None:
    found = load(tmp_path, config='[channels.s]\ntype = "console"\nstream = "stderr"\n')
    assert found.channels[0].options == Screen(stream="stderr")


def test_nothing_heavy_is_loaded_before_a_file_is() -> None:
    code = "import sys, distributor.config, distributor.log; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "environ", "folder"),
    [
        ("", {}, "state"),
        ('[store]\nfolder = "kept"\n', {"STATE_DIRECTORY": "/var/lib/d"}, "kept"),
        ("", {"STATE_DIRECTORY": "/var/lib/d:/var/lib/e"}, "/var/lib/d"),
        ('[store]\nfolder = "kept"\n', {"DISTRIBUTOR_STORE__FOLDER": "other"}, "other"),
        ("[store]\nfolder = 3\n", {}, None),
        ("store = 3\n", {}, None),
        ("[store\n", {}, None),
    ],
)
def test_the_store_is_found_without_any_secret(
    tmp_path: Path, text: str, environ: dict[str, str], folder: str | None
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'{text}\n[channels.x]\ntype = "twitter"\napi_key = {{credential = "nowhere"}}\n', "utf-8")
    found = location.store_folder(file, environ=environ, cwd=tmp_path)
    assert found == (None if folder is None else tmp_path / folder)
