"""Pictures for X: handing one over, and saying what it shows. Must not post anything, nor wait for X to be done.

tweepy 4.17 knows only the retired upload of version 1.1; this one is made on tweepy's own session and with its keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from distributor.channels._answer import Answer
from distributor.channels._timeline import ID
from distributor.channels._verdicts import data, text
from distributor.errors import PictureRefused, UnknownOutcome
from distributor.model import Handed, Photo, Quota

#: what a picture in a post is called (X's OpenAPI, ``MediaCategory``)
CATEGORY = "tweet_image"
#: X keeps what no post shows for a day; an hour of it is left for the post
LASTS = timedelta(hours=23)


def upload(client: Any, host: str, photo: Photo, signed: Any) -> Any:
    """``POST /2/media/upload``: the whole picture in one request; its body takes no part in the signature."""
    files = {"media": (f"picture.{photo.mime.rpartition('/')[2]}", photo.data, photo.mime)}
    return client.session.request(
        "POST", f"{host}/2/media/upload", data={"media_category": CATEGORY}, files=files, auth=signed
    )


def described(client: Any, name: str, alt: str) -> Any:
    """``POST /2/media/metadata``: what the picture shows, for those who cannot see it."""
    told = {"id": name, "metadata": {"alt_text": {"text": alt}}}
    return client.request("POST", "/2/media/metadata", json=told, user_auth=True)


def handed(answer: Answer, spent: Sequence[Quota] = ()) -> Handed:
    """X's name of an accepted picture, and how long X works on it. Raises PictureRefused, UnknownOutcome."""
    found = data(answer)
    name = text(found, "id")
    if not ID.fullmatch(name):
        raise UnknownOutcome(f"X answered {answer.status} without the picture's id")
    progress = found.get("processing_info")
    progress = progress if isinstance(progress, dict) else {}
    if progress.get("state") == "failed":
        raise PictureRefused("X cannot show the picture")
    wait = progress.get("check_after_secs")
    ready = timedelta(seconds=wait) if isinstance(wait, int) and 0 < wait < 86_400 else timedelta(0)
    return Handed(name=name, lasts=LASTS, ready_in=ready, rest=max((one.wait for one in spent), default=timedelta(0)))
