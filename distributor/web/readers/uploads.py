"""``multipart/form-data`` (RFC 7578) with files, within limits. Must not know what a file is for."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage

from starlette.exceptions import HTTPException
from starlette.requests import Request

from distributor.web.readers.forms import MOST_FIELDS, Form
from distributor.web.reading import read_body


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file of a form."""

    field: str
    #: as the browser names it, without folders
    name: str
    content: bytes


async def read_upload(request: Request, most: int) -> tuple[Form, list[Upload]]:
    """The fields of a form and its files, in order.

    Raises HTTPException: 413 for what is too long, 408 too late, 400 for what is no such form.
    """
    body = await read_body(request, most)
    return parted(request.headers.get("content-type", ""), body)


def parted(kind: str, body: bytes) -> tuple[Form, list[Upload]]:
    """The fields and files of a body; a field of a file that nobody chose is none. Raises HTTPException (400)."""
    boundary = _headers(f"Content-Type: {' '.join(kind.split())}".encode("utf-8", "replace")).get_boundary()
    if not kind.lower().startswith("multipart/form-data") or not boundary:
        raise HTTPException(400, "the form has no files: multipart/form-data was expected")
    fields: dict[str, list[str]] = {}
    files: list[Upload] = []
    for head, content in _parts(boundary.encode("utf-8", "replace"), body):
        name, file = head.get_param("name", header="content-disposition"), head.get_filename()
        if not isinstance(name, str):
            continue
        if file is None:
            fields.setdefault(name, []).append(content.decode("utf-8", "replace"))
        elif file or content:
            files.append(Upload(field=name, name=_bare(file), content=content))
    return fields, files


def _parts(boundary: bytes, body: bytes) -> Iterator[tuple[EmailMessage, bytes]]:
    """The parts of a body; what stands before the first and after the last is none."""
    mark = b"\r\n--" + boundary
    pieces = (b"\r\n" + body).split(mark)[1 : MOST_FIELDS + 1]
    for piece in pieces:
        if piece.startswith(b"--"):
            return
        head, _, content = piece.partition(b"\r\n\r\n")
        yield _headers(head.strip()), content


def _headers(head: bytes) -> EmailMessage:
    found = email.message_from_bytes(head + b"\r\n\r\n", policy=email.policy.HTTP)
    assert isinstance(found, EmailMessage)
    return found


def _bare(name: str) -> str:
    """A file's name without folders, control characters and excess."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable())[:120]
