"""What a name and a password may be. Must not know who has which."""

from __future__ import annotations

import unicodedata

#: Characters. NIST SP 800-63B-4, section 3.1.1.2: long passwords, no rules about their signs, normalised before use.
LEAST, MOST = 12, 1000
LONGEST_NAME = 64


def name_of(text: str) -> str:
    """A name as it goes on record. Raises ValueError."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or len(name) > LONGEST_NAME or not all(char.isprintable() for char in name):
        raise ValueError(f"expected a name of 1 to {LONGEST_NAME} letters, digits and signs that can be seen")
    return name


def key_of(name: str) -> str:
    """What makes two names one: neither capitals nor the way in which a letter is written tell people apart."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()


def password_of(text: str) -> str:
    """A password as it is compared. Raises ValueError, whose text holds nothing of it."""
    password = unicodedata.normalize("NFKC", text)
    if not LEAST <= len(password) <= MOST:
        raise ValueError(f"expected a password of {LEAST} to {MOST} characters")
    if any("\ud800" <= char <= "\udfff" for char in password):
        raise ValueError("the password is not text in UTF-8")
    return password
