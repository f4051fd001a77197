"""Lists of readers in and out of the store: nobody who left, was suppressed or was erased comes back by one."""

from __future__ import annotations

import csv
import json
from contextlib import closing

import pytest
from click.testing import CliRunner

from distributor.calls import dispatch
from distributor.cli.root import cli
from distributor.errors import CallError
from distributor.store.opening import open_store
from tests.apps import CONFIG, told_app
from tests.support import NOON


@pytest.fixture
def app(tmp_path):
    found = told_app(tmp_path)
    yield found
    found.close()


def bring(app, *readers, topics=("morning",), dry_run=False):
    told = [{"address": address, "fate": fate} for address, fate in readers]
    args = {"readers": told, "topics": list(topics), "source": "import test", "dry_run": dry_run}
    return dispatch(app, "import_readers", args)["became"]


def said(**fates):
    """Addresses by the part before the @, with what a list says of each."""
    return [(f"{who}@example.org", fate) for who, fate in fates.items()]


def states(app):
    return {(row["address"], row["topic"]): row["state"] for row in app.store.subscribers.list()}


def test_readers_are_brought_with_their_states_and_consent(app):
    became = bring(app, *said(a="subscribed", b="unsubscribed", c="suppressed"))
    assert became == {"new": 1, "noted": 2}
    assert states(app) == {("a@example.org", "morning"): "confirmed", ("b@example.org", "morning"): "unsubscribed"}
    assert app.store.subscribers.audience("morning") == [1]
    (consent,) = app.store.letters.consents(1)
    assert (consent["act"], consent["source"]) == ("imported", "import test")
    assert bring(app, ("a@example.org", "subscribed"), ("c@example.org", "subscribed")) == {"had": 1, "suppressed": 1}


def test_a_look_changes_nothing(app):
    assert bring(app, *said(a="subscribed", c="suppressed"), dry_run=True) == {"new": 1, "noted": 1}
    assert states(app) == {}
    assert bring(app, ("c@example.org", "subscribed")) == {"new": 1}


def test_who_left_was_suppressed_or_was_erased_never_comes_back_by_a_list(app):
    subscribers = app.store.subscribers
    left = subscribers.subscribe("left@example.org", ["morning"], now=NOON)
    subscribers.end(left, ["morning"], source="link", now=NOON)
    subscribers.suppress("gone@example.org", kind="complaint", reason="x", now=NOON)
    erased = subscribers.subscribe("Erased@example.org", ["morning"], now=NOON)
    app.store.dials.erase(erased, NOON)
    for _ in range(2):
        became = bring(app, *((f"{who}@example.org", "subscribed") for who in ("left", "gone", "erased")))
        assert became == {"left": 1, "suppressed": 1, "erased": 1}
    assert subscribers.audience("morning") == []
    assert bring(app, ("erased@example.org", "suppressed")) == {"erased": 1}


def test_who_asked_again_after_leaving_but_has_not_said_yes_has_left(app):
    reader = app.store.subscribers.subscribe("a@example.org", ["morning"], now=NOON)
    app.store.subscribers.end(reader, ["morning"], source="link", now=NOON)
    app.store._writer.call(lambda c: c.run("UPDATE subscriptions SET state = 'unconfirmed'"))
    assert bring(app, ("a@example.org", "subscribed")) == {"left": 1}


def test_a_word_given_here_counts_for_more_than_a_list(app):
    app.store.subscribers.subscribe("a@example.org", ["morning"], now=NOON)
    assert bring(app, ("a@example.org", "unsubscribed")) == {"had": 1}
    assert states(app)[("a@example.org", "morning")] == "confirmed"
    assert bring(app, ("b@example.org", "unsubscribed"), ("b@example.org", "unsubscribed")) == {"noted": 2}


def test_a_reader_who_had_only_asked_is_brought_by_a_list_that_has_the_yes(app):
    app.store.subscribers.subscribe("a@example.org", ["morning"], now=NOON)
    app.store._writer.call(lambda c: c.run("UPDATE subscriptions SET state = 'unconfirmed'"))
    assert bring(app, ("a@example.org", "subscribed")) == {"new": 1}
    assert app.store.subscribers.audience("morning") == [1]


def test_what_a_call_cannot_take_is_refused(app):
    with pytest.raises(CallError, match="nothing to subscribe to under nowhere"):
        bring(app, ("a@example.org", "subscribed"), topics=("nowhere",))
    with pytest.raises(CallError, match="cannot be read"):
        bring(app, ("nonsense", "subscribed"))
    with pytest.raises(CallError, match="2001 readers in one call"):
        bring(app, *([("a@example.org", "subscribed")] * 2001))


class Shell:
    """A store on disk and commands that find it."""

    def __init__(self, folder):
        (folder / "config.toml").write_text(CONFIG, "utf-8")
        self.folder = folder

    def run(self, *arguments, code=0):
        config = ["--config", str(self.folder / "config.toml"), "subscribers"]
        result = CliRunner().invoke(cli, [*config, *arguments], env={"STATE_DIRECTORY": None})
        assert result.exit_code == code, result.output
        return result

    def file(self, text, name="list.csv"):
        path = self.folder / name
        path.write_text(text, "utf-8")
        return str(path)


@pytest.fixture
def shell(tmp_path):
    return Shell(tmp_path)


GOOD = """id,email,name,subscribed_to_emails,created_at
1,a@example.org,Anna,true,2026-01-02
2,b@example.org,,false,2026-01-02
"""


def test_a_list_is_looked_at_brought_and_given_out_again(shell):
    path = shell.file(GOOD)
    assert "nothing was brought: this only looked" in shell.run("import", path, "--to", "morning", "--dry-run").output
    assert json.loads(shell.run("list", "--json").output)["subscribers"] == []
    told = json.loads(shell.run("import", path, "--to", "morning", "--json").output)
    assert told["format"] == "ghost"
    assert told["became"] == {"new": 1, "had": 0, "noted": 1, "left": 0, "suppressed": 0, "erased": 0}
    assert told["done"] is True
    out = str(shell.folder / "out.csv")
    assert "2 rows" in shell.run("export", "--to", out).output
    rows = list(csv.DictReader(shell.run("export").output.splitlines()))
    found = {row["address"]: row["state"] for row in rows}
    assert found == {"a@example.org": "confirmed", "b@example.org": "unsubscribed"}
    again = json.loads(shell.run("import", out, "--json").output)
    assert again["became"] == {"new": 0, "had": 1, "noted": 1, "left": 0, "suppressed": 0, "erased": 0}


def test_a_store_given_out_and_brought_into_another_keeps_who_must_not_be_mailed(shell, tmp_path_factory):
    suppressed = "Email Address,CLEAN_TIME\nlone@example.org,2026-01-02\n"
    shell.run("import", shell.file(GOOD), "--to", "morning")
    shell.run("import", shell.file(suppressed, "cleaned.csv"))
    out = str(shell.folder / "out.csv")
    shell.run("export", "--to", out)
    other = Shell(tmp_path_factory.mktemp("other"))
    other.run("import", out)
    lone = other.file(GOOD.replace("a@", "lone@"))
    assert "not brought: they must not be mailed" in other.run("import", lone, "--to", "morning").output


def test_a_stale_list_needs_a_reason_which_stands_in_the_consent(shell):
    old = shell.file("id,email,subscribed_to_emails,created_at\n1,a@example.org,true,2020-01-02\n")
    refused = shell.run("import", old, "--to", "morning", code=1)
    assert "1 of 1 subscribed more than two years ago" in refused.output
    assert "--force" in refused.output
    shell.run("import", old, "--to", "morning", "--force", "they were asked in spring")
    with closing(open_store(shell.folder / "state", threaded=False)) as store:
        assert "forced: they were asked in spring" in store.letters.consents(1)[0]["source"]


def test_addresses_of_an_office_and_what_is_none_are_left_out_and_counted(shell):
    rows = "".join(f"{n},r{n}@example.org,true,2026-01-02\n" for n in range(60))
    odd = "98,info@example.org,true,2026-01-02\n99,nonsense,true,2026-01-02\n"
    path = shell.file(f"id,email,subscribed_to_emails,created_at\n{rows}{odd}")
    told = shell.run("import", path, "--to", "morning").output
    assert "60 addresses of ghost" in told
    assert "1 are no addresses" in told
    assert "1 are addresses of an office" in told
    assert json.loads(shell.run("import", path, "--to", "morning", "--with-roles", "--json").output)["addresses"] == 61


def test_files_that_are_no_lists_and_lists_without_a_newsletter_are_usage_errors(shell):
    assert "nobody's list" in shell.run("import", shell.file("a,b\n1,2\n"), "--to", "morning", code=2).output
    (shell.folder / "x.csv").write_bytes(b"\xff\xfe")
    assert "x.csv" in shell.run("import", str(shell.folder / "x.csv"), code=2).output
    assert "say which they get" in shell.run("import", shell.file(GOOD), code=2).output
