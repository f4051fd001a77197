"""Reading from the loopback X: timelines, single posts, the own account, the usage. Must not change a post."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from distributor.sandbox.http import Response, json_response
from distributor.sandbox.x.billing import OWNED_READ, POST_READ, USER_READ
from distributor.sandbox.x.call import Call
from distributor.sandbox.x.errors import invalid, missing
from distributor.sandbox.x.posts import answered
from distributor.sandbox.x.state import Post

#: most posts a timeline gives out
_DEEPEST = 3200
_POST_FIELDS = (
    "article article_title attachments author_id card_uri community_id context_annotations conversation_id "
    "created_at display_text_range edit_controls edit_history_tweet_ids entities geo id in_reply_to_user_id lang "
    "matched_media_notes media_metadata non_public_metrics note_post note_request_suggestions note_tweet "
    "organic_metrics paid_partnership possibly_sensitive promoted_metrics public_metrics referenced_tweets "
    "reply_settings scopes source suggested_source_links suggested_source_links_with_counts text withheld"
)
_USER_FIELDS = (
    "affiliation confirmed_email connection_status created_at description entities id is_identity_verified "
    "location most_recent_tweet_id name parody pinned_tweet_id profile_banner_url profile_image_url protected "
    "public_metrics receives_your_dm subscribes_to_you subscription subscription_type url username verified "
    "verified_followers_count verified_type withheld"
)
_MEDIA_FIELDS = (
    "alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url promoted_metrics "
    "public_metrics type url variants width"
)
_EXPANSIONS = (
    "article.cover_media article.media_entities attachments.media_keys attachments.media_source_tweet "
    "attachments.poll_ids author_id edit_history_tweet_ids entities.mentions.username geo.place_id "
    "in_reply_to_user_id entities.note.mentions.username referenced_tweets.id referenced_tweets.id.author_id "
    "author_screen_name"
)
#: parameters that hold lists of names, with the names allowed
_LISTS: Mapping[str, frozenset[str]] = {
    "tweet.fields": frozenset(_POST_FIELDS.split()),
    "post.fields": frozenset(_POST_FIELDS.split()),
    "user.fields": frozenset(_USER_FIELDS.split()),
    "media.fields": frozenset(_MEDIA_FIELDS.split()),
    "expansions": frozenset(_EXPANSIONS.split()),
    "exclude": frozenset({"replies", "retweets"}),
}
_SHARED = ("tweet.fields", "post.fields", "user.fields", "media.fields", "poll.fields", "place.fields", "expansions")
_TIMELINE = ("max_results", "pagination_token", "since_id", "until_id", "start_time", "end_time", "exclude")


def _parameters(call: Call, allowed: Iterable[str]) -> dict[str, str]:
    """The query, each parameter once and known. Raises Refused (400)."""
    names = sorted(allowed)
    values = {}
    for name, given in call.request.query.items():
        if name not in names:
            raise invalid(f"The query parameter [{name}] is not one of [{','.join(names)}]", **{name: given[0]})
        values[name] = ",".join(given)
        for word in values[name].split(",") if name in _LISTS else ():
            if word not in _LISTS[name]:
                listed = ",".join(sorted(_LISTS[name]))
                raise invalid(f"The `{name}` query parameter value [{word}] is not one of [{listed}]", **{name: word})
    return values


def _fields(values: Mapping[str, str], *names: str) -> set[str]:
    return {word for name in names for word in values.get(name, "").split(",") if word}


def _number(values: Mapping[str, str], name: str, low: int, high: int, default: int) -> int:
    given = values.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and len(given) < 10 and low <= int(given) <= high):
        raise invalid(f"The `{name}` query parameter value [{given}] is not between {low} and {high}", **{name: given})
    return int(given)


def _id(values: Mapping[str, str], name: str, default: int) -> int:
    given = values.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and len(given) <= 19):
        raise invalid(f"The `{name}` query parameter value [{given}] does not match ^[0-9]{{1,19}}$", **{name: given})
    return int(given)


def _time(values: Mapping[str, str], name: str, default: float) -> float:
    given = values.get(name)
    if given is None:
        return default
    try:
        return datetime.strptime(given.replace(".000Z", "Z"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise invalid(f"The `{name}` query parameter value [{given}] is not RFC 3339", **{name: given}) from None


def timeline(call: Call) -> Response:
    """``GET /2/users/{id}/tweets``. Raises Refused (400)."""
    values = _parameters(call, (*_SHARED, *_TIMELINE))
    most = _number(values, "max_results", 5, 100, 10)
    if call.id not in call.world.users:
        entry = missing(call.id, "id") | {
            "resource_type": "user",
            "detail": f"Could not find user with id: [{call.id}].",
        }
        return json_response(200, {"errors": [entry]})
    found = _chosen(call, values)
    start = _page(values)
    page = found[start : start + most]
    if not page:
        return json_response(200, {"meta": {"result_count": 0}})
    meta: dict[str, Any] = {"newest_id": page[0].id, "oldest_id": page[-1].id, "result_count": len(page)}
    if start + most < len(found):
        meta["next_token"] = f"p{start + most}"
    if start:
        meta["previous_token"] = f"p{max(0, start - most)}"
    _charge_posts(call, page)
    return json_response(200, _listed(call, page, values) | {"meta": meta})


def _page(values: Mapping[str, str]) -> int:
    token = values.get("pagination_token", "p0")
    if not (token[:1] == "p" and token[1:].isascii() and token[1:].isdigit() and len(token) < 10):
        raise invalid(f"The `pagination_token` query parameter value [{token}] is not valid", pagination_token=token)
    return int(token[1:])


def _chosen(call: Call, values: Mapping[str, str]) -> list[Post]:
    """The posts that the query asks for, newest first, of the most recent 3,200."""
    since, until = _id(values, "since_id", 0), _id(values, "until_id", 10**19)
    start, end = _time(values, "start_time", 0.0), _time(values, "end_time", float("inf"))
    no_replies = "replies" in _fields(values, "exclude")
    return [
        post
        for post in islice(call.world.timeline(call.id, call.now), _DEEPEST)
        if since < int(post.id) < until and start <= post.created < end and not (no_replies and post.reply_to)
    ]


def lookup(call: Call) -> Response:
    """``GET /2/tweets?ids=``: found posts in the order asked for, and an error for each that is not there."""
    values = _parameters(call, (*_SHARED, "ids"))
    ids = values.get("ids", "").split(",")
    if len(ids) > 100 or not all(word.isascii() and word.isdigit() and len(word) <= 19 for word in ids):
        raise invalid(
            f"The `ids` query parameter value [{values.get('ids', '')}] is not valid", ids=values.get("ids", "")
        )
    return _found(call, ids, values, "ids")


def single(call: Call) -> Response:
    """``GET /2/tweets/{id}``."""
    return _found(call, [call.id], _parameters(call, _SHARED), "id")


def _found(call: Call, ids: list[str], values: Mapping[str, str], parameter: str) -> Response:
    posts = [post for post_id in dict.fromkeys(ids) if (post := call.world.seen(post_id, call.now))]
    there = {post.id for post in posts}
    errors = [missing(post_id, parameter) for post_id in dict.fromkeys(ids) if post_id not in there]
    _charge_posts(call, posts)
    body = _listed(call, posts, values) if posts else {}
    if parameter == "id" and posts:
        body["data"] = body["data"][0]
    return json_response(200, body | ({"errors": errors} if errors else {}))


def _charge_posts(call: Call, posts: Iterable[Post]) -> None:
    """Book the read of each post once per UTC day: cheap for posts of the own account, when it owns the app."""
    resources = {f"post:{post.id}": post for post in posts}
    fresh = call.world.books.unread(list(resources), datetime.fromtimestamp(call.now, UTC))
    cheap = {name for name in fresh if call.options.owned and resources[name].user == call.user}
    price = OWNED_READ * len(cheap) + POST_READ * (len(fresh) - len(cheap))
    if fresh:
        call.world.change("read", resources=fresh, price=price, at=call.now)


def _listed(call: Call, posts: list[Post], values: Mapping[str, str]) -> dict[str, Any]:
    wanted = _fields(values, "tweet.fields", "post.fields")
    expansions = _fields(values, "expansions")
    wanted |= {name for name in ("author_id", "in_reply_to_user_id") if name in expansions}
    wanted |= {"attachments"} if "attachments.media_keys" in expansions else set()
    body: dict[str, Any] = {"data": [_shown(call, post, wanted) for post in posts]}
    includes = _includes(call, posts, values, expansions)
    return body | ({"includes": includes} if includes else {})


def _shown(call: Call, post: Post, wanted: set[str]) -> dict[str, Any]:
    """A post with the fields asked for; those that hold nothing are left out, as X does."""
    text = answered(call, post)
    keys = [call.world.media[media_id].key for media_id in post.media]
    parent = call.world.posts.get(post.reply_to)
    references = [
        {"type": kind, "id": value} for kind, value in (("replied_to", post.reply_to), ("quoted", post.quote)) if value
    ]
    possible: dict[str, Any] = {
        "attachments": {"media_keys": keys} if keys else None,
        "author_id": post.user,
        "community_id": post.community,
        "conversation_id": post.conversation,
        "created_at": _iso(post.created),
        "edit_controls": _edit_controls(call, post),
        "entities": text.entities,
        "in_reply_to_user_id": parent.user if parent else None,
        "lang": "und",
        "possibly_sensitive": False,
        "public_metrics": dict.fromkeys(_METRICS, 0),
        "referenced_tweets": references,
        "reply_settings": post.reply_settings,
        "source": "sandbox",
    }
    chosen = {name: value for name, value in possible.items() if name in wanted and value not in (None, "", [], {})}
    history = list(call.world.versions[post.root])
    return {"id": post.id, "text": text.text, "edit_history_tweet_ids": history} | chosen


#: the repost stands under its old and its new name
_METRICS = (
    "retweet_count",
    "repost_count",
    "reply_count",
    "like_count",
    "quote_count",
    "bookmark_count",
    "impression_count",
)


def _edit_controls(call: Call, post: Post) -> dict[str, Any]:
    until = call.world.posts[post.root].created + call.options.edit_window
    left = max(0, call.options.edits + 1 - len(call.world.versions[post.root]))
    return {
        "edits_remaining": left,
        "is_edit_eligible": call.options.premium and not post.poll and left > 0,
        "editable_until": _iso(until),
    }


def _iso(stamp: float) -> str:
    return datetime.fromtimestamp(stamp, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _includes(call: Call, posts: list[Post], values: Mapping[str, str], expansions: set[str]) -> dict[str, Any]:
    includes: dict[str, Any] = {}
    if "author_id" in expansions:
        users = dict.fromkeys(post.user for post in posts)
        includes["users"] = [_user(call, user, _fields(values, "user.fields")) for user in users]
    if "attachments.media_keys" in expansions:
        media = dict.fromkeys(media_id for post in posts for media_id in post.media)
        shown = [_media(call, media_id, _fields(values, "media.fields")) for media_id in media]
        includes |= {"media": shown} if shown else {}
    return includes


def _media(call: Call, media_id: str, wanted: set[str]) -> dict[str, Any]:
    media = call.world.media[media_id]
    possible = {"alt_text": media.alt, "width": media.width, "height": media.height}
    kind = {"image": "photo", "gif": "animated_gif", "video": "video"}[media.kind]
    chosen = {name: value for name, value in possible.items() if name in wanted and value}
    return {"media_key": media.key, "type": kind} | chosen


def _user(call: Call, user_id: str, wanted: set[str]) -> dict[str, Any]:
    user = call.world.users[user_id]
    posts = sum(1 for _ in call.world.timeline(user_id, call.now))
    possible: dict[str, Any] = {
        "created_at": "2010-11-04T01:42:54.657Z",
        "description": "Loopback account",
        "protected": False,
        "verified": call.options.premium,
        "public_metrics": dict.fromkeys(_USER_METRICS, 0) | {"tweet_count": posts, "post_count": posts},
    }
    chosen = {name: value for name, value in possible.items() if name in wanted}
    return {"id": user.id, "name": user.name, "username": user.username} | chosen


#: the number of posts stands under its old and its new name
_USER_METRICS = ("followers_count", "following_count", "listed_count", "like_count", "media_count")


def me(call: Call) -> Response:
    """``GET /2/users/me``."""
    values = _parameters(call, ("user.fields", "tweet.fields", "post.fields", "expansions"))
    resource = f"user:{call.user}"
    if call.world.books.unread([resource], datetime.fromtimestamp(call.now, UTC)):
        price = OWNED_READ if call.options.owned else USER_READ
        call.world.change("read", resources=[resource], price=price, at=call.now)
    return json_response(200, {"data": _user(call, call.user, _fields(values, "user.fields"))})


def usage(call: Call) -> Response:
    """``GET /2/usage/tweets``: how many posts were read, by day. Raises Refused (400)."""
    values = _parameters(call, ("days", "usage.fields"))
    days = _number(values, "days", 1, 90, 7)
    reads = sorted(call.world.books.reads_by_day.items())[-days:]
    data: dict[str, Any] = {
        "project_id": "1",
        "project_cap": "3000000",
        "project_usage": str(sum(reads_of_day for _, reads_of_day in reads)),
        "cap_reset_day": 1,
    }
    if "daily_project_usage" in _fields(values, "usage.fields"):
        daily = [{"date": f"{day}T00:00:00.000Z", "usage": str(number)} for day, number in reads]
        data["daily_project_usage"] = {"project_id": "1", "usage": daily}
    return json_response(200, {"data": data})
