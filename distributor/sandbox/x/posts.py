"""Posting, editing and deleting on the loopback X: every rule that may refuse a post, then one line in the journal.

Must not change anything before all rules have been asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributor.sandbox.http import Response, json_response
from distributor.sandbox.x.billing import CREATE, CREATE_WITH_LINK, DELETE, SUMMONED_REPLY
from distributor.sandbox.x.call import Call
from distributor.sandbox.x.errors import duplicate, forbidden, invalid
from distributor.sandbox.x.state import Post
from distributor.sandbox.x.text import Shown, cashtags, is_well_formed, mentions, shown, weight
from distributor.sandbox.x.urls import links

#: characters beyond which a text is not even measured
_ABSURD = 100_000
_ID = {"type": "string", "pattern": "[0-9]{1,19}"}
_REPLY_SETTINGS = {"type": "string", "enum": ("following", "mentionedUsers", "subscribers", "verified")}
_FLAG = {"type": "boolean"}
_TEXT = {"type": "string"}
#: what ``POST /2/tweets`` takes (``CreatePostsRequest`` of X's OpenAPI 2.167)
CREATE_BODY: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "text": _TEXT,
        "media": {
            "type": "object",
            "required": ("media_ids",),
            "properties": {
                "media_ids": {"type": "array", "minItems": 1, "maxItems": 4, "items": _ID},
                "tagged_user_ids": {"type": "array", "maxItems": 10, "items": _ID},
                "description": _TEXT,
                "title": _TEXT,
                "embeddable": _FLAG,
                "preview_media_id": _ID,
            },
        },
        "reply": {
            "type": "object",
            "required": ("in_reply_to_tweet_id",),
            "properties": {
                "in_reply_to_tweet_id": _ID,
                "exclude_reply_user_ids": {"type": "array", "items": _TEXT},
                "auto_populate_reply_metadata": _FLAG,
            },
        },
        "poll": {
            "type": "object",
            "required": ("options", "duration_minutes"),
            "properties": {
                "options": {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 4,
                    "items": {"type": "string", "minLength": 1, "maxLength": 25},
                },
                "duration_minutes": {"type": "integer", "minimum": 5, "maximum": 10080},
                "reply_settings": _REPLY_SETTINGS,
            },
        },
        "edit_options": {"type": "object", "required": ("previous_post_id",), "properties": {"previous_post_id": _ID}},
        "geo": {"type": "object", "required": ("place_id",), "properties": {"place_id": _TEXT}},
        "quote_tweet_id": _ID,
        "reply_settings": _REPLY_SETTINGS,
        "community_id": _ID,
        "card_uri": _TEXT,
        "direct_message_deep_link": _TEXT,
        "for_super_followers_only": _FLAG,
        "made_with_ai": _FLAG,
        "nullcast": _FLAG,
        "paid_partnership": _FLAG,
        "share_with_followers": _FLAG,
    },
}
_ONE_OF = ("media", "poll", "quote_tweet_id", "card_uri", "direct_message_deep_link")


def create(call: Call) -> Response:
    """``POST /2/tweets``: a post, a reply, or a new version of a post. Raises Refused."""
    body = call.body(CREATE_BODY)
    text = body.get("text", "").strip()
    media = tuple(body.get("media", {}).get("media_ids", ()))
    _check_parts(body, text)
    _check_text(call, text)
    _check_media(call, media)
    previous = _editable(call, body)
    summoned = _check_reply(call, body)
    if body.get("quote_tweet_id") and call.options.quote == "deny":
        raise forbidden()
    _check_duplicate(call, text, previous)
    post = _post(call, body, text, media, previous)
    _publish(call, post, previous, summoned)
    return _created(call, post)


def _check_parts(body: dict[str, Any], text: str) -> None:
    if not text and "media" not in body and "poll" not in body:
        raise invalid("You must provide either text or media in the request body.")
    given = [name for name in _ONE_OF if name in body]
    if len(given) > 1:
        raise invalid(f"Fields [{', '.join(given)}] may not be used together.")
    if body.get("nullcast") or "card_uri" in body:
        raise forbidden()  # for advertisers


def _check_text(call: Call, text: str) -> None:
    if len(text) > _ABSURD or not is_well_formed(text):
        raise invalid("Your post text is not valid.")
    units = weight(text)
    if units > call.options.longest:
        if call.options.too_long_status == 403:
            raise forbidden()
        raise invalid(
            f"The length of the `text` field in the request body [{units}] is not between 0 and {call.options.longest}"
        )
    if len(cashtags(text)) > 1:
        raise forbidden()


def _check_media(call: Call, media: tuple[str, ...]) -> None:
    known = [call.world.media.get(media_id) for media_id in media]
    usable = [item for item in known if item and item.user == call.user and item.is_usable(call.now)]
    if len(usable) != len(media) or len(set(media)) != len(media):
        raise invalid("Your media IDs are invalid.", media_ids=list(media))
    if len(usable) > 1 and any(item.kind != "image" for item in usable):
        raise invalid("A post may hold up to four photos, or one animation, or one video.", media_ids=list(media))


def _editable(call: Call, body: dict[str, Any]) -> Post | None:
    """The version that this request replaces; None for a new post. Raises Refused."""
    if "edit_options" not in body:
        return None
    world, options = call.world, call.options
    previous = world.posts.get(body["edit_options"]["previous_post_id"])
    if previous is None or previous.user != call.user or not world.is_standing(previous.id) or not options.premium:
        raise forbidden()
    versions = world.versions[previous.root]
    age = call.now - world.posts[previous.root].created
    if versions[-1] != previous.id or len(versions) > options.edits or age > options.edit_window:
        raise forbidden()
    if previous.poll or previous.community or _is_foreign(call, previous.reply_to):
        raise forbidden()
    return previous


def _is_foreign(call: Call, post_id: str) -> bool:
    """Whether an id is that of somebody else's post."""
    post = call.world.posts.get(post_id)
    return post is not None and post.user != call.user


def _check_reply(call: Call, body: dict[str, Any]) -> bool:
    """Whether this is a reply that its parent's author asked for. Raises Refused for one that nobody asked for."""
    parent_id = body.get("reply", {}).get("in_reply_to_tweet_id", "")
    if not parent_id:
        return False
    if not call.world.is_standing(parent_id):
        raise forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
    parent = call.world.posts[parent_id]
    if parent.user == call.user:
        if call.options.self_reply == "deny":
            raise forbidden()
        return False
    own_name = call.world.users[call.user].username.lower()
    quoted = call.world.posts.get(parent.quote)
    mentioned = own_name in (name.lower() for name in mentions(parent.text))
    if not mentioned and (quoted is None or quoted.user != call.user):
        raise forbidden()
    return True


def _check_duplicate(call: Call, text: str, previous: Post | None) -> None:
    """Refuse a text that stands already from within the window; a post's own earlier version is no duplicate."""
    own = previous.root if previous else ""
    for post in call.world.same_text(call.user, text):
        if text and post.root != own and call.now - post.created < call.options.duplicate_window:
            raise duplicate()


def _post(call: Call, body: dict[str, Any], text: str, media: tuple[str, ...], previous: Post | None) -> Post:
    post_id = call.world.next_id(call.now)
    reply_to = body.get("reply", {}).get("in_reply_to_tweet_id", "") or (previous.reply_to if previous else "")
    parent = call.world.posts.get(reply_to)
    root = previous.root if previous else post_id
    return Post(
        id=post_id,
        user=call.user,
        text=text,
        created=call.now,
        media=media,
        reply_to=reply_to,
        quote=body.get("quote_tweet_id", ""),
        community=body.get("community_id", ""),
        poll="poll" in body,
        reply_settings=body.get("reply_settings", "everyone"),
        root=root,
        conversation=parent.conversation if parent else root,
    )


def _publish(call: Call, post: Post, previous: Post | None, summoned: bool) -> None:
    found = [link.expanded for link in links(post.text)]
    price = SUMMONED_REPLY if summoned else CREATE_WITH_LINK if found else CREATE
    call.world.publish(
        "edit" if previous else "post",
        {
            "account": call.world.users[call.user].username,
            "id": post.id,
            "text": post.text,
            "urls": found,
            "media": list(post.media),
            "alt": [call.world.media[media_id].alt for media_id in post.media],
            "reply_to": post.reply_to,
            "cost": price / 1000,
            "edit_of": previous.id if previous else "",
            "root": post.root,
            "conversation": post.conversation,
            "user_id": post.user,
            "created": post.created,
            "quote": post.quote,
            "community": post.community,
            "poll": post.poll,
            "reply_settings": post.reply_settings,
        },
    )


def answered(call: Call, post: Post) -> Shown:
    """A post's text and entities as the API gives them back."""
    media = call.world.media
    name = call.world.users[post.user].username
    pictures = []
    for media_id in post.media:
        kind = "photo" if media[media_id].kind == "image" else "video"
        pictures.append((media[media_id].key, f"https://x.com/{name}/status/{post.id}/{kind}/1"))
    return shown(post.text, post.id, tuple(pictures))


def _created(call: Call, post: Post) -> Response:
    data: dict[str, Any] = {
        "id": post.id,
        "text": answered(call, post).text,
        "edit_history_tweet_ids": list(call.world.versions[post.root]),
    }
    if post.community:
        data["community_id"] = post.community
    return json_response(201, {"data": data}, {"Location": f"https://api.twitter.com/2/tweets/{post.id}"})


def delete(call: Call) -> Response:
    """``DELETE /2/tweets/{id}``: takes all versions away; an unknown id is not an error. Raises Refused."""
    post = call.world.posts.get(call.id)
    if post is None or call.id in call.world.deleted:
        return json_response(200, {"data": {"deleted": False}})
    if post.user != call.user:
        raise forbidden()
    call.world.publish(
        "delete",
        {
            "account": call.world.users[call.user].username,
            "id": post.id,
            "ids": list(call.world.versions[post.root]),
            "root": post.root,
            "cost": DELETE / 1000,
            "created": call.now,
        },
    )
    return json_response(200, {"data": {"deleted": True}})
