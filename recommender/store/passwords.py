"""Passwords: how strong one must be, and Argon2id (RFC 9106), the only form in which one is kept."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from recommender.errors import Fault, WeakPassword

SHORTEST, LONGEST = 12, 1000  # characters
HASHER = PasswordHasher()
# What a password is compared with where there is no account, so that this takes as long. Of the parameters
# of HASHER, and of no password: salt and digest are random.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$y2T6FbPfhKU9Kh/jSw501A$S3e7fdonq7ARGLKhKmjbKVbhxWLAlsdUHw441K+ZGcE"
# Each takes 64 MB of memory for as long as it runs: many people who sign in at once wait for each other.
_AT_ONCE = threading.BoundedSemaphore(4)


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    with _AT_ONCE:
        return HASHER.hash(_told(password))


def matches(known: str | None, password: str) -> bool:
    """Return whether a password is the one that is kept; it takes as long where none is (None)."""
    try:
        with _AT_ONCE:
            right = HASHER.verify(known or NOBODY, _told(password))
    except (VerificationError, InvalidHashError):
        return False
    return right and known is not None


def is_outdated(known: str) -> bool:
    """Return whether a hash was made with other parameters than those of today."""
    return HASHER.check_needs_rehash(known)


def require_strong(password: str, login: str, name: str) -> None:
    """Refuse a password that is too easy to guess; length says more than a mix of kinds of characters.

    Raises
    ------
    WeakPassword
        It is shorter than 12 characters, longer than 1000, login or name, or one character again and again.
    """
    if problem := _weakness(password, login, name):
        remedy = f"Take {SHORTEST} characters or more: some words that do not belong together."
        raise WeakPassword([Fault("accounts", None, "password", None, problem, remedy)])


def _weakness(password: str, login: str, name: str) -> str:
    if len(password) < SHORTEST:
        return f"has fewer than {SHORTEST} characters."
    if len(password) > LONGEST:
        return f"has more than {LONGEST} characters."
    if _plain(password) in (_plain(login), _plain(name)):
        return "is the login or the name."
    return "is one character again and again." if len(set(password)) == 1 else ""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


def _told(password: str) -> bytes:
    """Return the bytes of a password: the same from every keyboard; of an endless one no more than needed."""
    whole = unicodedata.normalize("NFC", password[: LONGEST + 1])  # none that is kept is as long as that
    return whole.encode("utf-8", "surrogatepass")
