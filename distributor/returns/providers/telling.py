"""What the providers' own words have in common, once they are read. Must not verify or judge anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from distributor.errors import ParseError
from distributor.model.returns import Cause, Effect, Judged, Kind, Proof, Return, Told
from distributor.rules.mail.returning.returns import judge

Json = Mapping[str, Any]


def document(body: bytes) -> Any:
    """The JSON of a body. Raises ParseError."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ParseError("the body is no JSON") from error


def table(value: Any) -> Json:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def tables(value: Any) -> Sequence[Json]:
    """The objects of a list; none for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """A text or a number as text; empty for anything else."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def name_of(*parts: str, body: bytes) -> str:
    """An event's own name; its digest where the provider gave none."""
    found = ":".join(part for part in parts if part)
    return found or hashlib.sha256(body).hexdigest()


def failure(told: Sequence[Told], names: Sequence[tuple[Proof, str]]) -> Return:
    """A bounce, or what is still tried."""
    kind = Kind.BOUNCE if any(one.action == "failed" for one in told) else Kind.DELAYED
    return Return(kind=kind, recipients=tuple(judge(one) for one in told), names=tuple(names))


def complaint(addresses: Sequence[str], what: str, names: Sequence[tuple[Proof, str]]) -> Return:
    """A complaint of readers."""
    readers: Sequence[str | None] = [one for one in addresses if one] or (None,)
    return Return(
        kind=Kind.COMPLAINT,
        recipients=tuple(
            Judged(address=one, cause=Cause.OTHER, status=None, effect=Effect.SUPPRESS, reason=f"complaint: {what}")
            for one in readers
        ),
        names=tuple(names),
    )
