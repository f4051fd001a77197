import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.drills.names import story_name
from distributor.drills.truth import feed_links, judge

A, B = "https://news.example.org/a", "https://news.example.org/b?x=1"
READERS = ("one@example.org", "two@example.org")


def post(url, act="post"):
    joint = "&" if "?" in url else "?"
    return {"act": act, "urls": [f"{url}{joint}utm_id=abc"]}


def mail(to, *urls):
    return {"act": "mail", "to": [to], "urls": list(urls)}


def world(**changes):
    full = {
        "x": [post(A), post(B)],
        "telegram": [post(A), post(B)],
        "hooks": [post(A, "hook"), post(B, "hook")],
        "smtp": [mail("one@example.org", A, B), mail("Two@example.org", A, B)],
    }
    return judge([A, B], {**full, **changes}, readers=READERS, most=40)


def test_when_all_is_seen_once_nothing_is_missing_or_doubled():
    found = world()
    assert found.visible == {"twitter": 2, "telegram": 2, "webhook": 2, "email": 2}
    assert (found.doubled, found.missing, found.strange) == (0, 0, 0)


def test_a_second_post_of_a_story_is_a_double():
    assert world(x=[post(A), post(B), post(A)]).doubled == 1


def test_a_story_that_is_not_shown_is_missing():
    found = world(telegram=[post(B)])
    assert found.visible["telegram"] == 1
    assert found.missing == 1


def test_a_post_of_no_published_story_is_strange():
    assert world(hooks=[post(A, "hook"), post(B, "hook"), post("https://other.example/", "hook")]).strange == 1


def test_a_second_digest_for_one_reader_is_a_double():
    assert world(smtp=[mail(one, A, B) for one in (*READERS, READERS[0])]).doubled == 1


def test_a_reader_without_a_digest_misses_every_story_of_it():
    found = world(smtp=[mail("one@example.org", A, B)])
    assert (found.missing, found.visible["email"]) == (2, 0)


def test_a_mail_to_a_stranger_is_strange():
    assert world(smtp=[mail(one, A, B) for one in (*READERS, "who@example.org")]).strange == 1


def test_a_digest_need_not_carry_more_than_its_most():
    mails = [mail(one, A) for one in READERS]
    journals = {"x": [post(A), post(B)], "telegram": [post(A), post(B)], "hooks": [post(A, "hook"), post(B, "hook")]}
    found = judge([A, B], {**journals, "smtp": mails}, readers=READERS, most=1)
    assert (found.missing, found.visible["email"]) == (0, 1)


def test_the_marked_address_tells_which_story_a_post_is_about():
    assert world(x=[{"act": "post", "urls": [B, f"{A}?utm_id=k"]}, post(B)]).missing == 0


def test_the_marker_and_the_spelling_do_not_make_another_story():
    assert story_name(f"{B}&utm_id=abc") == story_name("HTTPS://NEWS.example.org/b?x=1")
    assert story_name("https://e.org/%D0%BF") == story_name("https://e.org/п")


def test_links_are_read_from_rss_rdf_and_atom():
    rss = f"<rss><channel><link>https://e.org/</link><item><link> {A} </link></item><item/></channel></rss>"
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="self" href="https://e.org/x"/>'
        f'<link href="{A}"/></entry></feed>'
    )
    assert feed_links(rss.encode()) == [A]
    assert feed_links(atom.encode()) == [A]


def test_a_document_that_is_not_well_formed_cannot_be_judged():
    with pytest.raises(ValueError, match="not well-formed"):
        feed_links(b"<rss>")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([A, B]), max_size=6))
def test_whatever_is_posted_the_sums_agree(shown):
    found = world(x=[post(url) for url in shown])
    assert found.missing == 2 - len(set(shown))
    assert found.doubled == sum(shown.count(url) > 1 for url in (A, B))
    assert found.visible["twitter"] == len(set(shown))
