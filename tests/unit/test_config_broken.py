"""What people read when a configuration is wrong: whole lines, all of them, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from distributor import channels
from distributor.errors import ConfigError
from tests.unit.config_kinds import KINDS, load

DURATION = 'expected a duration such as "30s", "5m", "1h30m" or "2d"'
SECRET = 'expected {credential = "NAME"}, {env = "NAME"} or a text in quotes'
ADDRESS = 'expected an absolute address such as "https://example.org/feed.xml"'
ALLOW = 'expected a host, an address or a network, with or without a port, such as "cms.lan:8080" or "10.0.0.0/8"'
SCREEN = '[channels.screen]\ntype = "console"\n'


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One wrong configuration and every line that is said about it."""

    config: str
    lines: list[str]
    editorial: str = ""
    environ: dict[str, str] = field(default_factory=dict)
    #: files in the folder ``secrets``
    secrets: dict[str, bytes] = field(default_factory=dict)


BROKEN = {
    "links that are counted and lead nowhere": Broken(
        config="[mail]\ncount_clicks = true\n",
        lines=["config.toml:2: mail.count_clicks: there is no web.public; the links that are counted lead through it"],
    ),
    "a host of readers' pages before, and none now": Broken(
        config='[web]\nreaders_before = ["https://news.example.org"]\n',
        lines=["config.toml:2: web.readers_before: there is no web.readers; it is where they stand now"],
    ),
    "a site with a path": Broken(
        config='[web]\nembed = ["https://www.example.org/news"]\n',
        lines=[
            'config.toml:2: web.embed: found "https://www.example.org/news"; expected a site without a path, such as '
            '"https://www.example.org"'
        ],
    ),
    "a provider of logins without anything else": Broken(
        config='[oidc]\nissuer = "https://login.example.org"\n',
        lines=[
            "config.toml:1: oidc.client_id: missing; this key is required: what the provider calls us",
            "config.toml:2: oidc.issuer: there is no desk; web.listen opens one, and web.desk must be true",
            "config.toml:2: oidc.issuer: there is no web.public; the provider leads people back there",
        ],
    ),
    "a client of no provider": Broken(
        config='[oidc]\nclient_id = "desk"\nclient_secret = "a secret that stands here"\n',
        lines=[
            "config.toml:2: oidc.client_id: there is no oidc.issuer; it says at which provider",
            "config.toml:3: oidc.client_secret: there is no oidc.issuer; it says at which provider",
        ],
    ),
    "a provider and a desk that is reached in the clear, or is none": Broken(
        config="""
            [web]
            listen = "127.0.0.1:8464"
            public = "http://desk.example.org"
            desk = false
            [oidc]
            issuer = "https://login.example.org"
            client_id = "desk"
        """,
        lines=[
            'config.toml:4: web.public: found "http://desk.example.org"; '
            "expected https://, for a provider leads people back there (oidc)",
            "config.toml:7: oidc.issuer: there is no desk; web.listen opens one, and web.desk must be true",
        ],
    ),
    "a provider in words that are none": Broken(
        config="""
            [oidc]
            issuer = "http://login.example.org/?tenant=1"
            client_id = ""
            client_secret = 7
            label = "A\\nB"
            claim = ""
            scopes = ["email profile"]
        """,
        lines=[
            'config.toml:3: oidc.issuer: found "http://login.example.org/?..."; '
            'expected the provider\'s issuer, such as "https://login.example.org", without a query',
            'config.toml:4: oidc.client_id: found ""; expected a text that is not empty',
            "config.toml:5: oidc.client_secret: found 7; " + SECRET,
            'config.toml:6: oidc.label: found "A B"; expected at most 40 characters in one line',
            'config.toml:7: oidc.claim: found ""; expected a text that is not empty',
            'config.toml:8: oidc.scopes: found "email profile"; expected one scope in each text, such as "email"',
        ],
    ),
    "a string that never ends": Broken(
        config='mode = "live"\n[desk]\nname = "News\n',
        lines=["config.toml:3: not valid TOML (Illegal character '\\n'); see https://toml.io"],
    ),
    "a text that stops in the middle": Broken(
        config="[desk]\nname = [",
        lines=["config.toml: not valid TOML (Invalid value (at end of document)); see https://toml.io"],
    ),
    "one key twice": Broken(
        config='[desk]\nname = "A"\nname = "B"\n',
        lines=["config.toml:3: not valid TOML (Cannot overwrite a value); see https://toml.io"],
    ),
    "a byte order mark": Broken(
        config='\ufeffmode = "live"\n',
        lines=["config.toml:1: a byte order mark; save the file as UTF-8 without a byte order mark"],
    ),
    "a misspelt table": Broken(
        config='[chanels.tg]\ntype = "chat"\n',
        lines=['config.toml:1: chanels: unknown table; did you mean "channels"?'],
    ),
    "a key above all tables that nobody knows": Broken(
        config='zzz = "secret-looking"\n',
        lines=[
            'config.toml:1: zzz: unknown key; expected one of "alerts", "backup", "bounces", "channels", "desk", '
            '"digests", "feeds", "hooks", "mail", "mailboxes", "mode", "net", "oidc", "operations", "readers", '
            '"routes", "store", "style", "web"'
        ],
    ),
    "a mode that does not exist": Broken(
        config='\n\nmode = "dead"\n', lines=['config.toml:3: mode: found "dead"; expected "live" or "shadow"']
    ),
    "a table written as a value": Broken(
        config="desk = 5\n", lines=["config.toml:1: desk: found 5; expected a table, such as [desk]"]
    ),
    "named tables written as a list": Broken(
        config='feeds = ["https://example.org/"]\n',
        lines=["config.toml:1: feeds: found a list; expected tables such as [feeds.NAME]"],
    ),
    "a named table written as a value": Broken(
        config='[feeds]\nnews = "https://example.org/"\n',
        lines=['config.toml:2: feeds.news: found "https://example.org/"; expected a table [feeds.NAME]'],
    ),
    "a name with a space": Broken(
        config='[feeds."my news"]\nurl = "https://example.org/"\n',
        lines=[
            'config.toml:1: feeds."my news": a name with other signs; expected letters, digits, "-", "_" or "." '
            "(64 at most)"
        ],
    ),
    "a misspelt key in a table": Broken(
        config='[desk]\nnam = "x"\n', lines=['config.toml:2: desk.nam: unknown key; did you mean "name"?']
    ),
    "a misspelt key in a dotted line": Broken(
        config='desk.nmae = "x"\n', lines=['config.toml:1: desk.nmae: unknown key; did you mean "name"?']
    ),
    "a misspelt key in an inline table": Broken(
        config='mail = {inprint = "x"}\n', lines=['config.toml:1: mail.inprint: unknown key; did you mean "imprint"?']
    ),
    "a zone that does not exist": Broken(
        config='[desk]\nzone = "Europe/Minks"\n',
        lines=[
            'config.toml:2: desk.zone: found "Europe/Minks"; expected an IANA time zone such as "Europe/Minsk"; '
            'did you mean "Europe/Minsk"?'
        ],
    ),
    "a zone like no other": Broken(
        config='[desk]\nzone = "/x"\n',
        lines=['config.toml:2: desk.zone: found "/x"; expected an IANA time zone such as "Europe/Minsk"'],
    ),
    "a language and a name that are none": Broken(
        config='[desk]\nlanguage = "english please"\nname = " "\n',
        lines=[
            'config.toml:2: desk.language: found "english please"; expected a language tag such as "en" or "be-tarask"',
            'config.toml:3: desk.name: found " "; expected a text that is not empty',
        ],
    ),
    "a number where a text belongs, and a date": Broken(
        config="[desk]\nname = 5\nlanguage = 2026-11-30\n",
        lines=[
            "config.toml:2: desk.name: found 5; expected a text in quotes",
            "config.toml:3: desk.language: found a date or time; expected a text in quotes",
        ],
    ),
    "a contact over two lines": Broken(
        config='[net]\ncontact = "a\\nb"\n',
        lines=['config.toml:2: net.contact: found "a b"; expected one line without control characters'],
    ),
    "limits of the net that are none": Broken(
        config='[net]\ntimeout = 20\nmost_bytes = "ten"\nproxy = "http://user:hunter2@:x/"\n'
        'allow = [\n  "lan",\n  "a b",\n]\n',
        lines=[
            f"config.toml:2: net.timeout: found 20; {DURATION}",
            'config.toml:3: net.most_bytes: found "ten"; expected a number of bytes, or a size such as "512KiB" or '
            '"10MiB"',
            'config.toml:4: net.proxy: found "http://***@:x/"; expected "" (none), "environment", or an address such '
            'as "http://proxy.lan:3128"',
            f'config.toml:7: net.allow: found "a b"; {ALLOW}',
        ],
    ),
    "a feed without an address": Broken(
        config='[feeds.news]\nevery = "5m"\n',
        lines=["config.toml:1: feeds.news.url: missing; this key is required: the http(s) address of the feed"],
    ),
    "a feed with an address of another kind": Broken(
        config='[feeds.news]\nurl = "ftp://example.org/?token=abcdef"\n',
        lines=[f'config.toml:2: feeds.news.url: found "ftp://example.org/?..."; {ADDRESS}'],
    ),
    "a feed that is asked too often, and another never": Broken(
        config='[feeds.a]\nurl = "https://example.org/"\nevery = "1s"\n'
        '[feeds.b]\nurl = "https://example.org/"\nevery = "5 parsecs"\n',
        lines=[
            'config.toml:3: feeds.a.every: found "1s"; expected at least 10s',
            f'config.toml:6: feeds.b.every: found "5 parsecs"; {DURATION}',
        ],
    ),
    "a feed of an unknown type": Broken(
        config='[feeds.a]\nurl = "https://example.org/"\ntype = "rss"\n',
        lines=[
            'config.toml:3: feeds.a.type: found "rss"; expected one of "auto", "feed", "folder", "jsonfeed", "ninjs", '
            '"page", "push", "sitemap", "wordpress"'
        ],
    ),
    "a channel without a type": Broken(
        config="[channels.x]\n",
        lines=[
            'config.toml:1: channels.x.type: missing; this key is required: one of "chat", "console", "email"',
        ],
    ),
    "a channel of a misspelt type": Broken(
        config='[channels.x]\ntype = "consol"\n',
        lines=['config.toml:2: channels.x.type: found "consol"; did you mean "console"?'],
    ),
    "a channel whose type is no text": Broken(
        config="[channels.x]\ntype = 5\n",
        lines=['config.toml:2: channels.x.type: found 5; expected one of "chat", "console", "email"'],
    ),
    "a channel without its keys": Broken(
        config='[channels.tg]\ntype = "chat"\n',
        lines=[
            "config.toml:1: channels.tg.token: missing; this key is required",
            "config.toml:1: channels.tg.chat: missing; this key is required",
        ],
    ),
    "wrong types in every key of a channel": Broken(
        config='[channels.tg]\ntype = "chat"\ntoken = 5\nchat = ["a"]\nsilent = "yes"\ntopic = 1.5\npatience = nan\n'
        'tags = "a,b"\njson = false\nhook = 7\nlevel = 3\nbackup = ""\n',
        environ={},
        lines=[
            f"config.toml:3: channels.tg.token: found 5; {SECRET}",
            "config.toml:4: channels.tg.chat: found a list; expected a text in quotes",
            'config.toml:5: channels.tg.silent: found "yes"; expected true or false',
            "config.toml:6: channels.tg.topic: found 1.5; expected a whole number",
            "config.toml:7: channels.tg.patience: found nan; expected a finite number",
            'config.toml:8: channels.tg.tags: found "a,b"; expected a list, such as ["one", "two"]',
            "config.toml:9: channels.tg.json: found false; expected a text in quotes",
            "config.toml:10: channels.tg.hook: found a bare value; expected a text in quotes",
            "config.toml:11: channels.tg.level: found 3; expected 1 or 2",
            f"config.toml:12: channels.tg.backup: an empty text; {SECRET}",
        ],
    ),
    "a misspelt secret is never shown": Broken(
        config='[channels.tg]\ntype = "chat"\ntokn = "12345:hidden"\nchat = "@a"\ntoken = {env = "T"}\n',
        environ={"T": "12345:hidden"},
        lines=['config.toml:3: channels.tg.tokn: unknown key; did you mean "token"?'],
    ),
    "secrets that cannot be found": Broken(
        config='[channels.a]\ntype = "chat"\nchat = "@a"\ntoken = {credential = "tg"}\nbackup = {env = "NOT_SET"}\n',
        lines=[
            "config.toml:4: channels.a.token: there is no credential tg; neither $CREDENTIALS_DIRECTORY nor "
            "$DISTRIBUTOR_SECRETS is set",
            "config.toml:5: channels.a.backup: the environment variable NOT_SET is not set; set it, or name another "
            "one",
        ],
    ),
    "keys put where their names belong": Broken(
        config='[channels.a]\ntype = "chat"\nchat = "@a"\ntoken = {credential = "xvz1evFS4wEEPTGEFPHBog"}\n'
        f'backup = {{env = "{"k" * 41}"}}\n',
        lines=[
            "config.toml:4: channels.a.token: there is no credential of this name; neither $CREDENTIALS_DIRECTORY nor "
            "$DISTRIBUTOR_SECRETS is set",
            "config.toml:5: channels.a.backup: the environment variable of this name is not set; set it, or name "
            "another one",
        ],
    ),
    "secrets put where their names belong": Broken(
        config='[channels.a]\ntype = "chat"\nchat = "@a"\ntoken = {credential = "../shadow"}\n'
        'backup = {env = "12:AB"}\n',
        lines=[
            "config.toml:4: channels.a.token: what stands after credential is no file name; give the name, not the "
            "secret or a path",
            "config.toml:5: channels.a.backup: what stands after env is no name of a variable; give the name, not the "
            "secret itself",
        ],
    ),
    "a secret in a table of another form": Broken(
        config='[channels.a]\ntype = "chat"\nchat = "@a"\ntoken = {credentail = "tg"}\n'
        'backup = {env = "A", credential = "B"}\n',
        lines=[
            f"config.toml:4: channels.a.token: found a table; {SECRET}",
            f"config.toml:5: channels.a.backup: found a table; {SECRET}",
        ],
    ),
    "an empty credential and one that is not text": Broken(
        config='[channels.a]\ntype = "chat"\nchat = "@a"\ntoken = {credential = "tg"}\nbackup = {credential = "b"}\n',
        secrets={"tg": b" \n", "b": b"\xff\xfe"},
        lines=[
            "config.toml:4: channels.a.token: secrets/tg is empty; expected the secret as text",
            "config.toml:5: channels.a.backup: secrets/b is not a text in UTF-8; expected the secret as text",
        ],
    ),
    "a value that the kind itself refuses": Broken(
        config='[channels.a]\ntype = "chat"\nchat = "two words"\ntoken = {env = "T"}\n',
        environ={"T": "12345:hidden"},
        lines=['config.toml:3: channels.a.chat: found "two words"; chat must be one word'],
    ),
    "a secret that the kind itself refuses and names": Broken(
        config='[channels.a]\ntype = "chat"\nchat = "a"\ntoken = {env = "T"}\n',
        environ={"T": "wrong-token"},
        lines=["config.toml:4: channels.a.token: found a secret; token must not be ***"],
    ),
    "combinations that the kind itself refuses": Broken(
        config='[channels.a]\ntype = "chat"\nchat = "a"\ntoken = {env = "T"}\npatience = 13\n'
        '[channels.b]\ntype = "chat"\nchat = "a"\ntoken = {env = "T"}\nsilent = true\n',
        environ={"T": "12345:hidden"},
        lines=[
            "config.toml:1: channels.a: does not fit; an unlucky combination",
            "config.toml:6: channels.b.topic: missing; topic must be given for silent posts",
        ],
    ),
    "a route into nowhere": Broken(
        config=SCREEN + '[routes.all]\nfeeds = ["nws"]\nchannels = [\n  "screen",\n  "scren", # typo\n]\n',
        lines=[
            'config.toml:4: routes.all.feeds: unknown feed "nws"; there is none yet',
            'config.toml:7: routes.all.channels: unknown channel "scren"; did you mean "screen"?',
        ],
    ),
    "a route without channels, and one with none": Broken(
        config='[routes.a]\nurgency = 0\n[routes.b]\nchannels = []\nurgency = 10\ndelay = "-1s"\nlanguages = ["?"]\n',
        lines=[
            "config.toml:1: routes.a.channels: missing; this key is required: the channels that the stories go to",
            "config.toml:2: routes.a.urgency: found 0; expected 1 or more",
            "config.toml:4: routes.b.channels: found an empty list; expected a list that is not empty",
            "config.toml:5: routes.b.urgency: found 10; expected 9 or less",
            f'config.toml:6: routes.b.delay: found "-1s"; {DURATION}',
            'config.toml:7: routes.b.languages: found "?"; expected a language tag such as "en" or "be-tarask"',
        ],
    ),
    "a digest through a channel that is no mail": Broken(
        config=SCREEN + '[digests.d]\nchannel = "screen"\nslots = ["at 07:00"]\n',
        lines=[
            'config.toml:4: digests.d.channel: channel "screen" is of type "console"; a digest leaves through a '
            'channel of type "email"'
        ],
    ),
    "a digest in disorder": Broken(
        config='[channels.mail]\ntype = "email"\n[digests.d]\nchannel = "mial"\nslots = ["at 07:00", "soon"]\n'
        'order = "best"\nmost = 0\nfeeds = ["x"]\n',
        lines=[
            'config.toml:4: digests.d.channel: unknown channel "mial"; did you mean "mail"?',
            'config.toml:5: digests.d.slots: found "soon"; expected "at HH:MM"',
            'config.toml:6: digests.d.order: found "best"; expected "newest", "oldest" or "urgency"',
            "config.toml:7: digests.d.most: found 0; expected 1 or more",
            'config.toml:8: digests.d.feeds: unknown feed "x"; there is none yet',
        ],
    ),
    "a digest that can never be filled": Broken(
        config='[channels.mail]\ntype = "email"\n[digests.d]\nchannel = "mail"\nmost = 3\nleast = 4\n',
        lines=["config.toml:6: digests.d.least: found 4; expected no more than most (3)"],
    ),
    "a digest with a channel that is not even a table": Broken(
        config="[channels]\nmail = 5\n[digests.d]\nchannel = 7\n[digests.e]\nchannel = 'mail'\n",
        lines=[
            "config.toml:2: channels.mail: found 5; expected a table [channels.NAME]",
            "config.toml:4: digests.d.channel: found 7; expected a text in quotes",
        ],
    ),
    "a misspelt variable": Broken(
        config="",
        environ={"DISTRIBUTOR_DESK__ZNOE": "UTC", "DISTRIBUTOR_SECRET": "s", "DISTRIBUTOR_QQQQQQ": "1", "HOME": "/"},
        lines=[
            "environment: DISTRIBUTOR_DESK__ZNOE: unknown key; did you mean DISTRIBUTOR_DESK__ZONE?",
            "environment: DISTRIBUTOR_QQQQQQ: unknown key; unset it, or see docs/configuration.md for the names",
            "environment: DISTRIBUTOR_SECRET: unknown key; did you mean DISTRIBUTOR_SECRETS?",
        ],
    ),
    "a variable for a table that does not exist": Broken(
        config='[channels.tg-main]\ntype = "chat"\nchat = "a"\ntoken = {env = "T"}\n',
        environ={"DISTRIBUTOR_CHANNELS__TG_MIAN__CHAT": "b", "T": "12345:hidden"},
        lines=[
            "environment: DISTRIBUTOR_CHANNELS__TG_MIAN__CHAT: unknown key; "
            "did you mean DISTRIBUTOR_CHANNELS__TG_MAIN__CHAT?"
        ],
    ),
    "a variable that fits two tables": Broken(
        config='[feeds.a-b]\nurl = "https://example.org/"\n[feeds.a_b]\nurl = "https://example.org/"\n',
        environ={"DISTRIBUTOR_FEEDS__A_B__EVERY": "1m"},
        lines=[
            "environment: DISTRIBUTOR_FEEDS__A_B__EVERY: fits feeds.a-b.every and feeds.a_b.every; "
            "rename one of the tables"
        ],
    ),
    "wrong values in variables": Broken(
        config='[routes.a]\nchannels = ["screen"]\n' + SCREEN,
        environ={
            "DISTRIBUTOR_MODE": "dead",
            "DISTRIBUTOR_ROUTES__A__URGENCY": "high",
            "DISTRIBUTOR_ROUTES__A__FEEDS": '["a"',
            "DISTRIBUTOR_ROUTES__A__CHANNELS": "screen,nowhere",
        },
        lines=[
            'environment: DISTRIBUTOR_MODE: found "dead"; expected "live" or "shadow"',
            'environment: DISTRIBUTOR_ROUTES__A__FEEDS: found "["a""; expected a list, such as ["one", "two"]',
            'environment: DISTRIBUTOR_ROUTES__A__URGENCY: found "high"; expected a whole number',
            'environment: DISTRIBUTOR_ROUTES__A__CHANNELS: unknown channel "nowhere"; expected one of "screen"',
        ],
    ),
    "secret files named after keys that do not exist": Broken(
        config='[channels.tg]\ntype = "chat"\nchat = "a"\ntoken = {env = "T"}\n',
        environ={"T": "12345:hidden"},
        secrets={"channels__tg__tokn": b"x", "feeds__q": b"x", "channels__tg__backup": b"", "other": b"x"},
        lines=[
            "credential channels__tg__backup: secrets/channels__tg__backup is empty; expected the secret as text",
            "credential channels__tg__tokn: unknown key; did you mean channels__tg__token?",
            "credential feeds__q: unknown key; rename or remove the file",
        ],
    ),
    "wrong values in secret files": Broken(
        config="",
        secrets={"desk__zone": b"Nowhere\n"},
        lines=[
            'credential desk__zone: desk.zone: found "Nowhere"; expected an IANA time zone such as "Europe/Minsk"'
        ],
    ),
    "a folder of secrets that is not there": Broken(
        config="",
        environ={"DISTRIBUTOR_SECRETS": "nowhere"},
        lines=[
            "environment: DISTRIBUTOR_SECRETS: the folder nowhere cannot be read (no such file or directory); "
            "expected a readable folder"
        ],
    ),
    "editors reach for a channel's account, and for a channel that is not there": Broken(
        config=SCREEN,
        editorial='[channels.screen]\ngap = "5m"\ntype = "twitter"\n[channels.other]\ngap = "5m"\n',
        lines=[
            "editorial.toml:3: channels.screen.type: does not belong into the editors' file; only these stand here: "
            "gap, most_per_hour, most_per_day, quiet, quiet_silent, slots, fair_share, fold_above, stale, "
            "budget_per_day, budget_per_month",
            "editorial.toml:4: channels.other: there is no such channel in the operator's file; channels are made in "
            "config.toml",
        ],
    ),
    "editors reach for the operator's tables": Broken(
        config=SCREEN,
        editorial='mode = "shadow"\n[feeds.x]\nurl = "https://example.org/"\n[routes.a]\nchannels = ["scren"]\n',
        lines=[
            "editorial.toml:1: mode: does not belong into the editors' file; only [routes.NAME], [digests.NAME], "
            "[style] and the times of [channels.NAME] stand here",
            "editorial.toml:2: feeds: does not belong into the editors' file; only [routes.NAME], [digests.NAME], "
            "[style] and the times of [channels.NAME] stand here",
            'editorial.toml:5: routes.a.channels: unknown channel "scren"; did you mean "screen"?',
        ],
    ),
    "a route and a digest in both files": Broken(
        config=SCREEN
        + '[channels.mail]\ntype = "email"\n[routes.a]\nchannels = ["screen"]\n[digests.d]\nchannel = "mail"\n',
        editorial='[routes.a]\nchannels = ["screen"]\n[digests.d]\nchannel = "mail"\n',
        lines=[
            "editorial.toml:1: routes.a: defined twice: here and at config.toml:5; keep one of the two",
            "editorial.toml:3: digests.d: defined twice: here and at config.toml:7; keep one of the two",
        ],
    ),
    "both files at once": Broken(
        config='mode = "dead"\n', editorial="[routes\n",
        lines=[
            'config.toml:1: mode: found "dead"; expected "live" or "shadow"',
            "editorial.toml:1: not valid TOML (Expected ']' at the end of a table declaration); see https://toml.io",
        ],
    ),
    "an editors' file that was asked for and is not there": Broken(
        config='[desk]\neditorial = "desk/editors.toml"\n',
        lines=[
            "desk/editors.toml: cannot be read (no such file or directory); expected a readable file",
        ],
    ),
    "tables below a table": Broken(
        config='[channels.mail]\ntype = "email"\n[channels.mail.ways.a]\nhost = 5\ntyp = "x"\n'
        "[channels.mail.ways.b]\n[channels.mail.ways.c]\nhost = \"c\"\npriority = 13\n"
        "[channels.mail.ways.d]\nhost = \"d\"\npassword = {env = \"NONE\"}\n",
        lines=[
            "config.toml:4: channels.mail.ways.a.host: found 5; expected a text in quotes",
            'config.toml:5: channels.mail.ways.a.typ: unknown key; expected one of "host", "password", "priority"',
            "config.toml:6: channels.mail.ways.b.host: missing; this key is required",
            "config.toml:9: channels.mail.ways.c.priority: found 13; priority 13 is an unlucky one",
            "config.toml:12: channels.mail.ways.d.password: the environment variable NONE is not set; "
            "set it, or name another one",
        ],
    ),
    "what should hold tables holds something else": Broken(
        config='[channels.mail]\ntype = "email"\nways = "a"\n[channels.post]\ntype = "email"\nways.a = 1\n',
        lines=[
            'config.toml:3: channels.mail.ways: found "a"; expected tables such as [channels.mail.ways.NAME]',
            "config.toml:6: channels.post.ways.a: found 1; expected a table, whose name has letters, digits, "
            '"-", "_" or "." (64 at most)',
        ],
    ),
    "a very long value is cut": Broken(
        config=f'mode = "{"x" * 100}"\n',
        lines=[f'config.toml:1: mode: found "{"x" * 57}..."; expected "live" or "shadow"'],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_configuration_says_where_what_and_what_would_be_right(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "kinds", lambda: KINDS)
    broken = BROKEN[name]
    files = {"config": broken.config} | ({"editorial": broken.editorial} if broken.editorial else {})
    environ = dict(broken.environ)
    if broken.secrets:
        (tmp_path / "secrets").mkdir()
        environ["DISTRIBUTOR_SECRETS"] = "secrets"
    for secret, content in broken.secrets.items():
        (tmp_path / "secrets" / secret).write_bytes(content)
        (tmp_path / "secrets" / secret).chmod(0o600)

    with pytest.raises(ConfigError) as caught:
        load(tmp_path, environ=environ, **files)

    assert str(caught.value).replace(f"{tmp_path}/", "").splitlines() == broken.lines
    assert len(caught.value.problems) == len(broken.lines)
    for secret in ("hidden", "hunter2", "abcdef"):
        assert secret not in str(caught.value)


def test_there_are_many_ways_to_be_wrong() -> None:
    assert len(BROKEN) >= 25


def test_a_provider_without_the_extra_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("distributor.config.reader.find_spec", lambda name: None)
    told = '[web]\nlisten = "127.0.0.1:1"\npublic = "https://desk.example.org"\n'
    told += '[oidc]\nissuer = "https://login.example.org"\nclient_id = "desk"\n'
    with pytest.raises(ConfigError) as found:
        load(tmp_path, config=told)
    assert str(found.value) == (
        "config.toml:5: oidc.issuer: the extra “oidc” is not installed; pip install 'distributor[oidc]'"
    )
