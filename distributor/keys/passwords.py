"""People's passwords: what is kept of one (Argon2id, RFC 9106), and comparing with it. Must not keep or show any."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

#: RFC 9106, section 4, asks for 16 bytes of salt and 32 of tag.
_SALT, _TAG = 16, 32
#: Each work takes its whole memory; so many at once, whoever knocks.
_AT_ONCE = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one try costs whoever has stolen the store."""

    #: KiB
    memory: int = 65_536
    passes: int = 3
    lanes: int = 1


#: RFC 9106, section 4, second recommended option, on one lane: the machine has other work.
USUAL = Cost()


def lock_up(password: str, cost: Cost = USUAL) -> str:
    """What is kept of a password, with salt and cost inside (the PHC string format)."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    with _AT_ONCE:
        return Argon2id(
            salt=os.urandom(_SALT), length=_TAG, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory
        ).derive_phc_encoded(password.encode("utf-8", "surrogatepass"))


def fits(password: str, kept: str) -> bool:
    """Whether what is kept was made of this password; takes as long for a wrong one."""
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    with _AT_ONCE:
        try:
            Argon2id.verify_phc_encoded(password.encode("utf-8", "surrogatepass"), kept)
        except InvalidKey:
            return False
    return True
