"""A row of the ledger beside its events: what agrees, and what does not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.model import State
from distributor.rules.fate.proof import Kept, disagreement, told

PLACE = {"message": "aa", "remote_id": "7", "url": "https://x.test/7"}
SENT = told("sent", json.dumps(PLACE))
GIVEN_UP, DROPPED, AGAIN = told("settled", "failed: why"), told("settled", "skipped: why"), told("settled", "due: why")
FAILED, UNKNOWN, SETTLED = (
    told("failed", "too long"),
    told("unknown", "no answer"),
    told("settled", "sent: found: https://x.test/7"),
)


def kept(state=State.SENT, *, sealed=False, **fields):
    return Kept(state=state, is_sealed=sealed, **{**PLACE, **fields})


@pytest.mark.parametrize(
    ("row", "events"),
    [
        (kept(), [SENT]),
        (kept(), [UNKNOWN, SENT]),
        (kept(), [UNKNOWN, SETTLED]),
        (kept(), [UNKNOWN, AGAIN, SENT]),
        (kept(), [told("sent", json.dumps({**PLACE, "remote_id": "", "url": ""})), SETTLED]),
        (kept(url=""), [UNKNOWN, told("settled", "sent: found: 7")]),
        (kept(State.SKIPPED, message=""), [told("adopted", json.dumps({"url": "https://x.test/7"}))]),
        (kept(), [SENT, told("bounced", "later")]),
        (kept(), [SENT, told("doubled", json.dumps({"url": "https://x.test/9"}))]),
        (kept(sealed=True), []),
        (kept(sealed=True), [AGAIN]),
        (kept(State.FAILED), [FAILED]),
        (kept(State.FAILED), [UNKNOWN, GIVEN_UP]),
        (kept(State.UNKNOWN), [UNKNOWN]),
        (kept(State.UNKNOWN), [UNKNOWN, told("asked", "why")]),
        (kept(State.UNKNOWN), [told("restored", "")]),
        (kept(State.UNKNOWN), [UNKNOWN, AGAIN, told("restored", "")]),
        (kept(State.SKIPPED), [UNKNOWN, DROPPED]),
        (kept(State.SKIPPED), [UNKNOWN, AGAIN]),
        (kept(State.DUE), [UNKNOWN, AGAIN]),
        (kept(State.DUE), [UNKNOWN, told("resent", "by hand")]),
        (kept(State.SKIPPED), []),
        (kept(State.HELD), [told("settled", "in words that nobody knows")]),
    ],
)
def test_a_row_agrees_with_what_was_put_on_record(row, events):
    assert disagreement(row, events) == ""


@pytest.mark.parametrize(
    ("row", "events", "said"),
    [
        (kept(), [], "the row says sent, and no event does"),
        (kept(), [UNKNOWN], "the row says sent, its last event unknown"),
        (kept(), [UNKNOWN, AGAIN], "the row says sent, and no event does"),
        (kept(), [told("released", "")], "the row says sent, and no event does"),
        (kept(sealed=True), [FAILED], "the row says sent, its last event failed"),
        (kept(remote_id="8"), [SENT], "the row's remote_id is not what its event sent says"),
        (kept(message="bb", url=""), [SENT], "the row's message and url is not what its event sent says"),
        (kept(), [told("sent", "7")], "the row's message and remote_id and url is not what its event sent says"),
        (kept(url="https://x.test/9"), [UNKNOWN, SETTLED], "the row's place is not what its event settled says"),
        (
            kept(State.SKIPPED, message="", url=""),
            [told("adopted", json.dumps({"url": "u"}))],
            "the row's url is not what its event adopted says",
        ),
        (kept(), [told("adopted", "{}")], "the row says sent, its last event adopted"),
        (kept(State.FAILED), [], "the row says failed, and no event does"),
        (kept(State.FAILED), [UNKNOWN, AGAIN], "the row says failed, and no event does"),
        (kept(State.FAILED), [UNKNOWN, DROPPED], "the row says failed, its last event settled"),
        (kept(State.UNKNOWN), [], "the row says unknown, and no event does"),
        (kept(State.SKIPPED), [SENT], "the row says skipped, its last event sent"),
        (kept(State.DUE), [FAILED, told("noted", "")], "the row says due, its last event failed"),
        (kept(State.DUE), [UNKNOWN], "the row says due, its last event unknown"),
        (kept(State.DUE), [UNKNOWN, told("asked", "why")], "the row says due, its last event unknown"),
        (kept(State.FAILED), [SENT], "the row says failed, its last event sent"),
    ],
)
def test_what_was_changed_behind_the_chains_back_is_said(row, events, said):
    assert disagreement(row, events) == said


@given(st.sampled_from(list(State)), st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_after_a_sent_only_the_very_same_row_agrees(state, message, remote_id, url):
    row = kept(state, message=message, remote_id=remote_id, url=url)
    same = (state, message, remote_id, url) == (State.SENT, *PLACE.values())
    assert (disagreement(row, [SENT]) == "") is same


@given(st.text())
def test_any_detail_can_be_read(detail):
    assert isinstance(told("sent", detail).facts, dict)
