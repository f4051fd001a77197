"""Alerts on the real store: one for each trouble, and its end."""

import pytest

from distributor.model import Act, State
from distributor.store.ledger.events import verify
from tests.support import NOON, store_with


@pytest.fixture
def store(tmp_path):
    found = store_with(tmp_path, "ops")
    found.alerts.tell([("ops", 0)])
    yield found
    found.close()


def test_a_trouble_is_told_once_until_it_is_over_and_then_its_end_is_told(store):
    assert store.alerts.raise_alert("feed:politics", "the feed politics fails", hint="look", now=NOON)
    assert not store.alerts.raise_alert("feed:politics", "the feed politics fails still", now=NOON)
    (alert,) = store.alerts.open_alerts()
    assert (alert.key, alert.text, alert.hint) == ("feed:politics", "the feed politics fails", "look")
    assert store.alerts.recover("feed:politics", "it answers again", now=NOON)
    assert not store.alerts.recover("feed:politics", "it answers again", now=NOON)
    assert not store.alerts.open_alerts()
    told = store.deliveries.of_subject(alert.id)
    assert [(one.act, one.revision, one.state) for one in told] == [
        (Act.ALERT, 0, State.PLANNED),
        (Act.ALERT, 1, State.PLANNED),
    ]
    found = store.alerts.get(alert.id)
    assert found is not None
    assert found.recovery == "it answers again"
    assert store.alerts.get(99) is None


def test_a_trouble_that_comes_back_is_a_new_alert(store):
    assert store.alerts.raise_alert("disk", "full", now=NOON)
    assert store.alerts.recover("disk", "space again", now=NOON)
    assert store.alerts.raise_alert("disk", "full", now=NOON)
    assert len(store.alerts.open_alerts()) == 1


def test_an_alert_is_open_until_it_is_over(store):
    assert not store.alerts.is_open("feed:politics")
    store.alerts.raise_alert("feed:politics", "it fails", now=NOON)
    assert store.alerts.is_open("feed:politics")
    assert store.alerts.recover("feed:politics", "it answers again", now=NOON)
    assert not store.alerts.is_open("feed:politics")


def test_a_changed_event_breaks_the_chain_at_its_place(store):
    for key in ("a", "b", "c"):
        store.alerts.raise_alert(key, key, now=NOON)
    names = "id, at, kind, subject_id, delivery_id, actor, detail, remote_id, hash"
    rows = [dict(row) for row in store.alerts._readers.query(f"SELECT {names} FROM events ORDER BY id")]
    assert verify(rows) is None
    assert verify([*rows[:1], {**rows[1], "detail": "x"}, rows[2]]) == 2
    assert verify([rows[0], rows[2]]) == 2
    assert verify([rows[0], {**rows[1], "hash": None}, rows[2]]) == 2
    assert verify([{**row, "hash": None} for row in rows]) is None
