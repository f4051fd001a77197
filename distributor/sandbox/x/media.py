"""Uploads on the loopback X: in one piece or in many, the work X then does on them, and their descriptions.

Must not keep the bytes: size, format and measures are all that anybody asks for.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from distributor.sandbox.http import Response, json_response
from distributor.sandbox.x.billing import METADATA
from distributor.sandbox.x.call import Call, check
from distributor.sandbox.x.errors import forbidden, invalid, problem
from distributor.sandbox.x.images import measures, sniff
from distributor.sandbox.x.state import MEDIA_LIFE, Media

_MIB = 1024 * 1024
#: most bytes of an upload by its kind
LIMITS: Mapping[str, int] = {"image": 5 * _MIB, "gif": 15 * _MIB, "video": 512 * _MIB}
#: bytes of a file's beginning that are kept, enough for the measures of common pictures
_HEAD = 4096
_CATEGORIES: Mapping[str, str] = {
    "tweet_image": "image",
    "tweet_gif": "gif",
    "tweet_video": "video",
    "amplify_video": "video",
    "dm_image": "image",
    "dm_gif": "gif",
    "dm_video": "video",
}
_FORMATS: Mapping[str, frozenset[str]] = {
    "image": frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"}),
    "gif": frozenset({"image/gif"}),
    "video": frozenset({"video/mp4", "video/quicktime", "video/webm"}),
}
_ID = {"type": "string", "pattern": "[0-9]{1,19}"}
_TEXT = {"type": "string"}
_ONE_SHOT = {
    "type": "object",
    "required": ("media", "media_category"),
    "properties": {
        "media": _TEXT,
        "media_category": {"type": "string", "enum": tuple(name for name in _CATEGORIES if name != "amplify_video")},
        "additional_owners": _TEXT,
    },
}
_INITIALIZE = {
    "type": "object",
    "required": ("media_type", "total_bytes", "media_category"),
    "properties": {
        "media_type": {
            "type": "string",
            "enum": (
                *sorted(_FORMATS["image"] | _FORMATS["video"]),
                "video/mp2t",
                "image/bmp",
                "image/tiff",
                "image/pjpeg",
            ),
        },
        "total_bytes": {"type": "integer", "minimum": 0, "maximum": 17_179_869_184},
        "media_category": {"type": "string", "enum": tuple(_CATEGORIES)},
        "additional_owners": {"type": "array", "items": _ID},
        "shared": {"type": "boolean"},
    },
}
_APPEND = {
    "type": "object",
    "required": ("media", "segment_index"),
    "properties": {"media": _TEXT, "segment_index": {"type": "integer", "minimum": 0, "maximum": 999}},
}
_ALT = {
    "type": "object",
    "required": ("id",),
    "open": True,
    "properties": {
        "id": _ID,
        "metadata": {
            "type": "object",
            "open": True,
            "properties": {
                "alt_text": {
                    "type": "object",
                    "open": True,
                    "required": ("text",),
                    "properties": {"text": {"type": "string", "maxLength": 1000}},
                }
            },
        },
    },
}


def upload(call: Call) -> Response:
    """``POST /2/media/upload``: one file in one request. Raises Refused."""
    data, fields = _file(call, _ONE_SHOT)
    kind = _CATEGORIES[fields["media_category"]]
    media = Media(
        id=call.world.next_id(call.now),
        user=call.user,
        kind=kind,
        mime="",
        created=call.now,
        size=len(data),
        head=data[:_HEAD].hex(),
    )
    media = _finished(call, media)
    call.world.keep_media(media)
    return json_response(200, {"data": _shown(media, call.now)})


def _file(call: Call, shape: Mapping[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """The file and the other fields, from multipart or from JSON with base64. Raises Refused (400)."""
    if call.request.content_type == "multipart/form-data":
        return _multipart(call, shape)
    fields = call.body(shape)
    try:
        return base64.b64decode(fields["media"], validate=True), fields
    except (binascii.Error, ValueError):
        raise invalid("$.media: is not base64") from None


def _multipart(call: Call, shape: Mapping[str, Any]) -> tuple[bytes, dict[str, Any]]:
    try:
        parts = {part.name: part for part in call.request.parts()}
        fields: dict[str, Any] = {name: part.text for name, part in parts.items() if name != "media"}
    except ValueError:
        raise invalid("The multipart body could not be read.") from None
    if fields.get("segment_index", "").isdecimal():
        fields["segment_index"] = int(fields["segment_index"])
    check(fields | ({"media": ""} if "media" in parts else {}), shape)
    return parts["media"].data, fields


def _finished(call: Call, media: Media) -> Media:
    """The upload with its format known and its processing begun. Raises Refused (400) for what X would not take."""
    if media.size > LIMITS[media.kind]:
        raise invalid(f"The media size [{media.size}] exceeds the limit [{LIMITS[media.kind]}] of its category.")
    head = bytes.fromhex(media.head)
    mime = sniff(head)
    if mime not in _FORMATS[media.kind]:
        raise invalid("The media type is unrecognized or does not fit its category.", media_category=media.kind)
    width, height = measures(head, mime)
    options = call.options
    work = options.image_processing if media.kind == "image" else options.video_processing
    ready, fails = call.now + work, options.processing_fails
    return replace(media, mime=mime, width=width, height=height, done=True, ready=ready, failed=fails)


def initialize(call: Call) -> Response:
    """``POST /2/media/upload/initialize``: announce a file that comes in pieces. Raises Refused."""
    body = call.body(_INITIALIZE)
    kind = _CATEGORIES[body["media_category"]]
    if body["total_bytes"] > LIMITS[kind]:
        raise invalid(f"The media size [{body['total_bytes']}] exceeds the limit [{LIMITS[kind]}] of its category.")
    media = Media(
        id=call.world.next_id(call.now),
        user=call.user,
        kind=kind,
        mime=body["media_type"],
        created=call.now,
        total=body["total_bytes"],
    )
    call.world.keep_media(media)
    data = {"id": media.id, "media_key": media.key, "expires_after_secs": int(MEDIA_LIFE)}
    return json_response(200, {"data": data})


def append(call: Call) -> Response:
    """``POST /2/media/upload/{id}/append``: one piece; sending a piece again replaces it. Raises Refused."""
    media = _own(call, call.id)
    if media.done:
        raise invalid("The upload is finalized already.", media_id=call.id)
    data, fields = _file(call, _APPEND)
    index = fields["segment_index"]
    segments = media.segments | {index: len(data)}
    head = data[:_HEAD].hex() if index == 0 else media.head
    call.world.keep_media(replace(media, segments=segments, size=sum(segments.values()), head=head))
    return json_response(200, {"data": {"expires_at": math.ceil(media.created + MEDIA_LIFE)}})


def finalize(call: Call) -> Response:
    """``POST /2/media/upload/{id}/finalize``: all pieces are there. Raises Refused (400) when they are not."""
    media = _own(call, call.id)
    if not media.done:
        whole = sorted(media.segments) == list(range(len(media.segments))) and media.size == media.total
        if not whole or not media.segments:
            raise invalid(f"The upload has [{media.size}] of [{media.total}] bytes.", media_id=call.id)
        media = _finished(call, media)
        call.world.keep_media(media)
    return json_response(200, {"data": _shown(media, call.now)})


def status(call: Call) -> Response:
    """``GET /2/media/upload?command=STATUS&media_id=``. Raises Refused."""
    query = call.request.query
    if query.get("command", ["STATUS"]) != ["STATUS"] or set(query) - {"command", "media_id"}:
        raise invalid("The `command` query parameter value is not one of [STATUS]")
    media = _own(call, query.get("media_id", [""])[0])
    return json_response(200, {"data": _shown(media, call.now, asked=True)})


def metadata(call: Call) -> Response:
    """``POST /2/media/metadata``: what a picture shows, for those who cannot see it. Raises Refused."""
    body = call.body(_ALT)
    media = _own(call, body["id"])
    alt = body.get("metadata", {}).get("alt_text", {}).get("text", media.alt)
    call.world.keep_media(replace(media, alt=alt))
    call.world.change("charge", price=METADATA, at=call.now)
    return json_response(200, {"data": {"id": media.id, "associated_metadata": {"alt_text": {"text": alt}}}})


def _own(call: Call, media_id: str) -> Media:
    """An upload of the caller that is not too old. Raises Refused."""
    if not (media_id.isascii() and media_id.isdigit() and len(media_id) <= 19):
        raise invalid("The media id is not valid.", media_id=media_id)
    media = call.world.media.get(media_id)
    if media is None or call.now >= media.created + MEDIA_LIFE:
        raise problem(404, {"title": "Not Found", "detail": "Not Found", "type": "about:blank", "status": 404})
    if media.user != call.user:
        raise forbidden()
    return media


def _shown(media: Media, now: float, *, asked: bool = False) -> dict[str, Any]:
    """An upload as the API shows it."""
    data: dict[str, Any] = {
        "id": media.id,
        "media_key": media.key,
        "size": media.size,
        "expires_after_secs": max(0, round(media.created + MEDIA_LIFE - now)),
    }
    if media.kind == "video":
        data["video"] = {"video_type": media.mime}
    elif media.done:
        data["image"] = {"image_type": media.mime} | ({"w": media.width, "h": media.height} if media.width else {})
    progress = _progress(media, now, asked)
    return data | ({"processing_info": progress} if progress else {})


def _progress(media: Media, now: float, asked: bool) -> dict[str, Any]:
    """``processing_info``: absent for a picture that needs no work, otherwise pending to succeeded or failed."""
    if not media.done:
        return {"state": "pending"} if asked else {}
    if media.ready > now:
        wait = max(1, math.ceil(media.ready - now))
        begun = {"state": "in_progress", "progress_percent": 50} if asked else {"state": "pending"}
        return begun | {"check_after_secs": wait}
    if media.failed:
        return {"state": "failed", "progress_percent": 100}
    return {"state": "succeeded", "progress_percent": 100} if asked or media.kind != "image" else {}
