"""Keeps uploaded files and gives them out again by their ids. Must not post anything."""

from __future__ import annotations

import hashlib
from typing import Any

from distributor.sandbox.http import Part
from distributor.sandbox.telegram.api import Api
from distributor.sandbox.telegram.images import fits, image_size
from distributor.sandbox.telegram.request import ApiError, Params, bad_request
from distributor.sandbox.telegram.world import Record

PHOTO_LIMIT = 10 * 1024 * 1024
UPLOAD_LIMIT = 50 * 1024 * 1024
#: bots may fetch no larger file
DOWNLOAD_LIMIT = 20 * 1024 * 1024
#: the longer sides a photo is offered in
_SIDES = (90, 320, 800, 1280)
_FOLDERS = {"photo": "photos", "video": "videos", "document": "documents", "audio": "music"}


def _part(params: Params, name: str) -> tuple[Part | None, str]:
    """What a parameter names: an uploaded part, or else a file id or an address."""
    if name in params.files:
        return params.files[name], ""
    value = params.text(name)
    return attached(params, value)


def attached(params: Params, value: str) -> tuple[Part | None, str]:
    """The part that ``attach://name`` points to, or the value itself. Raises ApiError."""
    if not value.startswith("attach://"):
        return None, value
    part = params.files.get(value.removeprefix("attach://"))
    if part is None:
        raise bad_request("file attachment is not found")  # the name points to no part of the body
    return part, ""


def _check_photo(data: bytes) -> tuple[int, int]:
    if len(data) > PHOTO_LIMIT:
        words = f"file of size {len(data)} bytes is too big for a photo"
        raise bad_request(f"{words}; the maximum size is {PHOTO_LIMIT} bytes")
    size = image_size(data)
    if size is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if not fits(*size):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return size


def _store(api: Api, part: Part, kind: str) -> Record:
    """The record of an uploaded file; the same bytes get a new id but the same unique id."""
    if not part.data:
        raise bad_request("file must be non-empty")
    if len(part.data) > UPLOAD_LIMIT:
        raise ApiError(413, "Request Entity Too Large")
    width, height = _check_photo(part.data) if kind == "photo" else (0, 0)
    number = len(api.world.files)
    suffix = part.filename.rpartition(".")[2][:8] if "." in part.filename else "bin"
    unique = hashlib.sha256(kind.encode() + part.data).hexdigest()[:16]
    path = f"{_FOLDERS[kind]}/file_{number}.{'jpg' if kind == 'photo' else suffix}"
    target = api.files / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(part.data)
    record: Record = {"file_id": f"{kind}-{number}-{unique}", "file_unique_id": unique, "kind": kind, "path": path}
    record |= {"name": part.filename, "mime": part.content_type, "size": len(part.data)}
    api.world.record("file", file=record | {"width": width, "height": height})
    return api.world.files[record["file_id"]]


def _base_id(file_id: str) -> str:
    """The id without the letter that says which size of a photo is meant."""
    return file_id.rpartition("~")[0] or file_id


def resolve(api: Api, part: Part | None, value: str, kind: str) -> Record:
    """The file that is meant: uploaded now, or known by its id. Raises ApiError.

    An address cannot be fetched, since nothing leaves the loopback: the answer is that of a fetch that failed.
    """
    if part is not None:
        return _store(api, part, kind)
    if not value:
        raise bad_request(f"there is no {kind} in the request")
    if value.lower().startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    record = api.world.files.get(_base_id(value))
    if record is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if record["kind"] != kind:
        raise bad_request(f"can't use file of type {record['kind'].capitalize()} as {kind.capitalize()}")
    return record


def named_file(api: Api, params: Params, name: str) -> Record:
    """The file of a parameter. Raises ApiError."""
    part, value = _part(params, name)
    return resolve(api, part, value, name)


def _photo_sizes(record: Record) -> list[Record]:
    """The photo in every size that is not larger than itself."""
    longest = max(record["width"], record["height"])
    sides = [side for side in _SIDES if side < longest] + [min(longest, 2560)]
    sizes = []
    for index, side in enumerate(sides):
        letter = "smxyw"[index]
        scaled = {name: max(1, round(record[name] * side / longest)) for name in ("width", "height")}
        share = max(1, round(record["size"] * (side / longest) ** 2))
        ids = {"file_id": f"{record['file_id']}~{letter}", "file_unique_id": f"{record['file_unique_id']}{letter}"}
        sizes.append(ids | scaled | {"file_size": share})
    return sizes


def shown_media(record: Record, extra: Record) -> Any:
    """A file as a message shows it."""
    if record["kind"] == "photo":
        return _photo_sizes(record)
    shown: Record = {"file_id": record["file_id"], "file_unique_id": record["file_unique_id"]}
    shown |= {"file_size": record["size"], "mime_type": record["mime"]}
    if record["name"]:
        shown["file_name"] = record["name"]
    if record["kind"] in {"video", "audio"}:
        shown["duration"] = int(extra.get("duration", 0))
    if record["kind"] == "video":
        shown |= {"width": int(extra.get("width", 0)), "height": int(extra.get("height", 0))}
    return shown


def get_file(api: Api, params: Params) -> Record:
    """getFile: the path under which the file can be fetched. Raises ApiError."""
    if not params.text("file_id"):
        raise bad_request("file_id not specified")
    record = api.world.files.get(_base_id(params.text("file_id")))
    if record is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if record["size"] > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    shown = {"file_id": params.text("file_id"), "file_unique_id": record["file_unique_id"]}
    return shown | {"file_size": record["size"], "file_path": record["path"]}


def download(api: Api, path: str) -> bytes | None:
    """The bytes behind a path that getFile gave; None for any other path."""
    if any(record["path"] == path for record in api.world.files.values()):
        return (api.files / path).read_bytes()
    return None
