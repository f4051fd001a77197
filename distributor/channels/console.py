"""Messages on standard output or standard error, for a first look without any account. Must not contact anything."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import Literal

from distributor.channels import ChannelKind
from distributor.channels._options import require
from distributor.errors import Unavailable, UnknownOutcome
from distributor.model import Limits, Message, Parcel, Receipt

#: control characters that could move the cursor or recolour an editor's terminal (ECMA-48: C0, DEL, C1)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, kw_only=True)
class Options:
    """The keys of ``[channels.NAME]`` for the console."""

    stream: Literal["stdout", "stderr"] = "stdout"

    def __post_init__(self) -> None:
        """Raise ValueError for a stream that does not exist."""
        require(holds=self.stream in ("stdout", "stderr"), sentence="stream must be stdout or stderr")


class Console:
    """A terminal, or whatever the stream leads to."""

    kind = "console"
    limits = Limits(text=None)

    def __init__(self, name: str, options: Options) -> None:
        """Keep the options; the stream is looked up anew for every message."""
        self.name = name
        self._options = options

    def send(self, parcel: Parcel) -> Receipt:
        """Write the message in one piece. Raises Unavailable for a closed stream, UnknownOutcome for a broken one."""
        stream = sys.stderr if self._options.stream == "stderr" else sys.stdout
        encoding = getattr(stream, "encoding", None) or "utf-8"
        text = shown(self.name, parcel.message).encode(encoding, "replace").decode(encoding)
        try:
            stream.write(text)
            stream.flush()
        except ValueError:
            raise Unavailable(f"{self._options.stream} is closed") from None
        except OSError:
            raise UnknownOutcome(f"{self._options.stream} broke while it was written") from None
        return Receipt()

    def check(self) -> str:
        """The name of the stream. Raises Unavailable for a closed one."""
        stream = sys.stderr if self._options.stream == "stderr" else sys.stdout
        if stream.closed:
            raise Unavailable(f"{self._options.stream} is closed")
        return self._options.stream

    def close(self) -> None:
        """Nothing to give back: the stream is not ours."""


def shown(name: str, message: Message) -> str:
    """The message as lines: the channel's name, the subject, the text, and the link where the text lacks it."""
    lines = [f"--- {name}", message.subject, message.text]
    if message.link not in message.text:
        lines.append(message.link)
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", "\n".join(line for line in lines if line)) + "\n\n"


#: what ``distributor.channels`` finds under the type ``console``
KIND = ChannelKind(options=Options, open=Console)
