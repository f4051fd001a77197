"""Whatever an article or a message holds, it comes back from the store as it was."""

from datetime import UTC

from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import Article, Dateline, Entity, Image, Message, PubStatus
from distributor.store.ledger.messages import message_from_json, message_to_json
from distributor.store.news.articles import article_from_json, article_to_json

# half a surrogate pair is no text: the parser takes it out, and SQLite could not hold it
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
INSTANT = st.none() | st.datetimes(timezones=st.just(UTC))
SIZE = st.none() | st.integers(0, 10_000)
IMAGE = st.none() | st.builds(Image, url=TEXT, alt=TEXT, credit=TEXT, width=SIZE, height=SIZE, mime=TEXT)
ARTICLE = st.builds(
    Article,
    feed=TEXT,
    guid=TEXT,
    url=TEXT,
    headline=TEXT,
    summary=TEXT,
    body=TEXT,
    dateline=st.none() | st.builds(Dateline, place=TEXT, date=TEXT, agency=TEXT),
    byline=TEXT,
    published=INSTANT,
    updated=INSTANT,
    categories=st.lists(TEXT, max_size=4).map(tuple),
    urgency=st.integers(1, 9),
    pubstatus=st.sampled_from(PubStatus),
    embargoed=INSTANT,
    image=IMAGE,
    language=TEXT,
    fingerprint=TEXT,
    revision=st.integers(0, 99),
)
ENTITY = st.builds(Entity, type=TEXT, offset=st.integers(0, 99), length=st.integers(0, 99), url=TEXT)
MESSAGE = st.builds(
    Message,
    text=TEXT,
    entities=st.lists(ENTITY, max_size=4).map(tuple),
    html=TEXT,
    subject=TEXT,
    headers=st.lists(st.tuples(TEXT, TEXT), max_size=4).map(tuple),
    image=IMAGE,
    link=TEXT,
    language=TEXT,
    silent=st.booleans(),
)


@settings(max_examples=80, deadline=None)
@given(ARTICLE)
def test_an_article_comes_back_whole(article):
    assert article_from_json(article_to_json(article)) == article


@settings(max_examples=80, deadline=None)
@given(MESSAGE)
def test_a_message_comes_back_whole_and_its_json_never_differs(message):
    text = message_to_json(message)
    assert message_from_json(text) == message
    assert message_to_json(message_from_json(text)) == text
