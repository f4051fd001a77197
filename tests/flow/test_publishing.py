"""Stories that somebody brings: pushed by a system, or published by hand; each takes the usual road, once."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from distributor.app import App, open_app
from distributor.calls import dispatch
from distributor.cli.root import cli
from distributor.config import load
from distributor.errors import CallError, StoreError
from distributor.interfaces import Told
from distributor.net.signed import headers
from distributor.web.hooks import PushHook
from distributor.web.opening import open_web
from distributor.web.site import make_site
from tests.support import HandClock

SECRET, OLD = b"a-secret-of-the-newsroom", b"the-one-before-it"
CONFIG = f"""
[feeds.cms]
type = "push"
secret = "{SECRET.decode()}"
previous_secret = "{OLD.decode()}"

[channels.screen]
type = "console"

[routes.all]
channels = ["screen"]
categories = ["politics"]
"""
STORY = {
    "headline": "Talks begin",
    "url": "https://news.example.org/politics/view/talks-begin-100001-2026/",
    "guid": "100001",
    "body": "MINSK, 24 November (BelTA) - The talks have begun.\n\nThey will last.",
    "categories": ["Politics"],
    "published": "2026-11-24T12:00:00Z",
    "urgency": 4,
    "image": {"url": "https://news.example.org/a.jpg", "alt": "Delegates", "credit": "BelTA"},
}
NINJS = {
    "uri": "urn:n:2",
    "url": "https://news.example.org/politics/view/bridge-opens-100002-2026/",
    "headline": "Bridge opens",
    "pubstatus": "usable",
    "subject": [{"name": "Politics"}],
    "body_text": "It is long.",
}


class Desk:
    def __init__(self, folder, config=CONFIG):
        self.config = folder / "config.toml"
        self.config.write_text(config, "utf-8")
        self.clock = HandClock()
        self.app: App = open_app(load(self.config, environ={}, cwd=folder), clock=self.clock, threaded=False)
        self.told = {name: one for name, one in self.app.sources.items() if isinstance(one, Told)}
        self.failure: StoreError | None = None
        hook = PushHook({name: one.keys for name, one in self.told.items() if one.keys}, self.answer, self.clock.now)
        self.client = TestClient(make_site(hook.routes))

    def answer(self, name, args):
        if self.failure:
            raise self.failure
        return dispatch(self.app, name, args)

    def push(self, document, *, key="msg_1", secret=SECRET, path="/hooks/articles"):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self.client.post(path, content=body, headers=headers(key, body, self.clock.now(), [secret]))

    def close(self):
        self.app.close()


@pytest.fixture
def desk(tmp_path):
    with closing(Desk(tmp_path)) as found:
        yield found


def refused(answer):
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


def test_a_pushed_story_is_planned_at_once_and_a_repeated_message_is_taken_once(desk):
    answer = desk.push(STORY)
    assert answer.status_code == 200, answer.text
    (story,) = answer.json()["stories"]
    assert (story["change"], story["headline"]) == ("new", "Talks begin")
    assert [(row["channel"], row["state"]) for row in story["deliveries"]] == [("screen", "planned")]
    article = desk.app.store.stories.get(story["id"]).article
    assert (article.dateline.place, article.body) == ("MINSK", "The talks have begun.\n\nThey will last.")
    assert (article.image.credit, article.urgency, article.categories) == ("BelTA", 4, ("Politics",))
    assert desk.push(STORY).json()["repeated"]
    again = desk.push(STORY, key="msg_2").json()
    assert (again["repeated"], again["stories"][0]["change"]) == (False, None)
    assert len(desk.app.store.deliveries.list()) == 1
    state = desk.app.store.stories.feed("cms")
    assert (state.changed_at, state.next_at) == (desk.clock.now(), None)


def test_a_changed_story_is_a_revision_and_a_canceled_one_is_withdrawn(desk):
    desk.push(STORY)
    changed = desk.push({**STORY, "headline": "Talks have begun"}, key="msg_2").json()
    assert changed["stories"][0]["change"] == "updated"
    canceled = desk.push({**STORY, "pubstatus": "canceled"}, key="msg_3").json()
    assert canceled["stories"][0]["change"] == "withdrawn"
    assert canceled["stories"][0]["deliveries"][0]["state"] == "skipped"


@pytest.mark.parametrize(
    "document", [NINJS, [NINJS], {"articles": [STORY]}, {"version": "https://jsonfeed.org/version/1.1", "items": []}]
)
def test_ninjs_json_feed_and_our_own_json_are_read(desk, document):
    answer = desk.push(document)
    if "items" in document:
        assert refused(answer)[:2] == (422, "not_read")
    else:
        assert [one["change"] for one in answer.json()["stories"]] == ["new"]


def test_a_story_that_goes_nowhere_says_so_and_what_is_left_out_is_a_warning(desk):
    sport = {**STORY, "categories": ["Sport"], "guid": "2", "url": f"{STORY['url']}2/"}
    answer = desk.push({"articles": [sport, {"headline": "No address", "guid": "3"}]}).json()
    assert [row["state"] for row in answer["stories"][0]["deliveries"]] in ([], ["skipped"])
    assert "has no link" in answer["warnings"][0]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (b"", "not"),
        (b"{}", "not a feed"),
        (b'{"headline": "x"', "not a feed"),
        (b'{"articles": []}', "not a feed"),
        (b"\xff\xfe\xff", "UTF-8"),
        (b'{"headline": "No address", "url": "file:///etc/passwd"}', "has no link"),
    ],
)
def test_what_holds_no_story_is_refused_with_the_reason(desk, document, told):
    status, code, message = refused(desk.push(document))
    assert (status, code) == (422, "not_read")
    assert told in message
    assert desk.app.store.deliveries.list() == []


def test_only_the_newsrooms_own_system_is_believed(desk):
    assert refused(desk.push(STORY, secret=b"a stranger's"))[:2] == (401, "unsigned")
    assert refused(desk.client.post("/hooks/articles", json=STORY))[:2] == (401, "unsigned")
    assert refused(desk.push(STORY, path="/hooks/articles/other"))[:2] == (401, "unsigned")
    body = json.dumps(STORY).encode()
    old = headers("msg_1", body, desk.clock.now() - timedelta(minutes=6), [SECRET])
    assert "older than five minutes" in refused(desk.client.post("/hooks/articles", content=body, headers=old))[2]
    assert desk.client.get("/hooks/articles").status_code == 405
    assert desk.push(b" " * (1 << 20) + b"{}").status_code == 413
    assert desk.app.store.stories.latest(5) == []
    assert desk.push(STORY, secret=OLD, path="/hooks/articles/cms").status_code == 200


def test_where_it_cannot_be_kept_now_the_same_message_is_taken_later(desk):
    desk.failure = StoreError("the disk is full")
    status, code, message = refused(desk.push(STORY))
    assert (status, code) == (503, "failed")
    assert "disk" not in message
    desk.failure = None
    assert desk.push(STORY).json()["stories"][0]["change"] == "new"


def test_without_a_secret_nobody_may_push_and_a_person_may(tmp_path):
    config = CONFIG.replace("secret =", "#secret =").replace("previous_#secret", "#previous_secret")
    with closing(Desk(tmp_path, config)) as desk:
        assert refused(desk.push(STORY))[:2] == (404, "no_feed")
        done = dispatch(desk.app, "publish", {"who": "Ann", "through": "chat", "document": json.dumps(STORY)})
        assert done["stories"][0]["change"] == "new"


def test_it_must_be_clear_which_feed_takes_a_story(tmp_path):
    def refusal(app, **args):
        with pytest.raises(CallError) as caught:
            dispatch(app, "publish", {"who": "Ann", "through": "chat", **args})
        return caught.value.code

    two = CONFIG + '[feeds.desk]\ntype = "push"\n'
    with closing(Desk(tmp_path, two)) as desk:
        assert refusal(desk.app, document="{}") == "no_feed"
        assert refusal(desk.app, document="{}", feed="other") == "unknown_feed"
        assert refusal(desk.app, feed="desk") == "nothing_named"
        assert refusal(desk.app, feed="desk", url="http://127.0.0.1:9/") == "not_fetched"
        done = dispatch(
            desk.app, "publish", {"who": "Ann", "through": "chat", "feed": "desk", "document": json.dumps(STORY)}
        )
        assert done["feed"] == "desk"
    none = '[feeds.news]\nurl = "https://news.example.org/rss"\n'
    folder = tmp_path / "none"
    folder.mkdir()
    with closing(Desk(folder, none)) as desk:
        assert refusal(desk.app, document="{}") == "no_feed"


def test_a_person_publishes_a_file_by_the_command(tmp_path):
    with closing(Desk(tmp_path)) as desk:
        config = desk.config
    story = tmp_path / "story.md"
    story.write_text(
        "---\ntitle: Talks begin\nlink: https://news.example.org/talks/\ncategories: [Politics]\n---\nThey began.\n",
        "utf-8",
    )

    def run(*arguments, code=0):
        done = CliRunner().invoke(cli, ["--config", str(config), "publish", *arguments, "--by", "Ann"])
        assert done.exit_code == code, done.output
        return done.output if code else done.stdout

    assert "new: Talks begin: screen planned" in run(str(story))
    assert "known, as it reads already" in run(str(story))
    assert json.loads(run(str(story), "--json"))["repeated"] is False
    (tmp_path / "bad.json").write_bytes(b"\xff\xfe\xff")
    assert "is not a text in UTF-8" in run(str(tmp_path / "bad.json"), code=2)
    assert "cannot be read: no such file" in run(str(tmp_path / "none.json"), code=2)
    assert "not a feed" in run(str(config), code=1)


def test_the_server_is_opened_where_the_configuration_asks_for_it(tmp_path):
    with closing(Desk(tmp_path)) as desk:
        assert open_web(desk.app, desk.answer, lambda feed: None) is None
    served = CONFIG + '[web]\nlisten = "127.0.0.1:0"\npublic = "https://desk.example.org"\n'
    with closing(Desk(tmp_path, served)) as desk:
        assert list(desk.app.keepers) == ["cms"]
        server = open_web(desk.app, desk.answer, lambda feed: None)
        assert server is not None
        server.close()
