# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a clear password fits a stored authentication string, and the strings to store, without asking a server:
so that an account is compared and created with no password in a statement.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import Enum
from typing import Callable, Optional

_CACHING_SHA2 = re.compile(rb"\$A\$([0-9A-Fa-f]{3})\$(.{20})([./0-9A-Za-z]{43})", re.DOTALL)
_SHA256 = re.compile(rb"\$5\$([^$]{20})\$([./0-9A-Za-z]{43})", re.DOTALL)
_NATIVE = re.compile(rb"\*[0-9A-Fa-f]{40}")
_ED25519 = re.compile(rb"[+/0-9A-Za-z]{43}")
_PARSEC = re.compile(rb"P([0-3]):([+/0-9A-Za-z]{24}):([+/0-9A-Za-z]{43})")
_SALT = re.compile(rb"[\x01-\x23\x25-\x7f]{20}")

_SHA256_PASSWORD_ROUNDS = 5000


class Verdict(Enum):
    """Whether a password fits. UNKNOWN: the plugin, or the form of its string, is none that is understood here."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class _Scheme:
    """How a plugin stores passwords. ``fits`` takes the stored string and the password; None: not its format.

    ``hashes_empty`` tells whether the empty password has a hash like any other (then an account with an empty string
    accepts no password), or is stored as the empty string.
    """

    fits: Callable[[bytes, bytes], Optional[bool]]
    hashes_empty: bool


def verify(plugin: str, stored: bytes, password: str) -> Verdict:
    """Whether a server would accept ``password`` for an account with this plugin and this authentication string.

    ``stored`` is the raw value of mysql.user.authentication_string (a salt may hold any bytes).
    """
    scheme = _SCHEMES.get(plugin)
    if scheme is None:
        return Verdict.UNKNOWN
    if not stored:
        return Verdict.MISMATCH if password or scheme.hashes_empty else Verdict.MATCH
    fits = scheme.fits(stored, password.encode("utf-8"))
    if fits is None:
        return Verdict.UNKNOWN
    return Verdict.MATCH if fits and (password or scheme.hashes_empty) else Verdict.MISMATCH


def make_caching_sha2(password: str, salt: bytes, rounds: int) -> bytes:
    """What caching_sha2_password stores for a password (the empty one: nothing).

    ``salt`` is 20 random bytes from 1 to 127, none of them "$", as the server makes them. ``rounds`` is the server's
    @@caching_sha2_password_digest_rounds: a multiple of 1000 from 5000 to 4095000. Raises ValueError for others.
    """
    if not _SALT.fullmatch(salt):
        raise ValueError("the salt must be 20 bytes from 1 to 127, without the dollar sign")
    if rounds % 1000 or not 5000 <= rounds <= 4095000:
        raise ValueError(f"the rounds must be a multiple of 1000 from 5000 to 4095000, not {rounds}")
    if not password:
        return b""
    return b"$A$%03X$%s%s" % (rounds // 1000, salt, sha256_crypt(password.encode("utf-8"), salt, rounds))


def make_native(password: str) -> bytes:
    """What mysql_native_password stores for a password (the empty one: nothing)."""
    return _native(password.encode("utf-8")) if password else b""


def make_ed25519(password: str) -> bytes:
    """What MariaDB's ed25519 stores for a password: unsalted, and a hash for the empty one too."""
    return _base64(ed25519_public_key(password.encode("utf-8")))


def _fits_caching_sha2(stored: bytes, password: bytes) -> Optional[bool]:
    match = _CACHING_SHA2.fullmatch(stored)
    if not match:
        return None
    # The digits are hexadecimal: MySQL 9.7 writes its default of 10000 rounds as 00A.
    rounds = int(match.group(1), 16) * 1000
    return hmac.compare_digest(sha256_crypt(password, match.group(2), rounds), match.group(3)) if rounds else None


def _fits_sha256(stored: bytes, password: bytes) -> Optional[bool]:
    match = _SHA256.fullmatch(stored)
    if not match:
        return None
    return hmac.compare_digest(sha256_crypt(password, match.group(1), _SHA256_PASSWORD_ROUNDS), match.group(2))


def _fits_native(stored: bytes, password: bytes) -> Optional[bool]:
    return hmac.compare_digest(_native(password), stored.upper()) if _NATIVE.fullmatch(stored) else None


def _fits_ed25519(stored: bytes, password: bytes) -> Optional[bool]:
    return hmac.compare_digest(_base64(ed25519_public_key(password)), stored) if _ED25519.fullmatch(stored) else None


def _fits_parsec(stored: bytes, password: bytes) -> Optional[bool]:
    """``P`` and the binary logarithm of the iterations over 1024, salt, public key (MariaDB: Authentication Plugin -
    PARSEC).
    """
    match = _PARSEC.fullmatch(stored)
    if not match:
        return None
    seed = hashlib.pbkdf2_hmac("sha512", password, base64.b64decode(match.group(2)), 1024 << int(match.group(1)), 32)
    return hmac.compare_digest(_base64(ed25519_public_key(seed)), match.group(3))


_SCHEMES = {
    "caching_sha2_password": _Scheme(_fits_caching_sha2, hashes_empty=False),
    "sha256_password": _Scheme(_fits_sha256, hashes_empty=False),
    "mysql_native_password": _Scheme(_fits_native, hashes_empty=False),
    "ed25519": _Scheme(_fits_ed25519, hashes_empty=True),
    "parsec": _Scheme(_fits_parsec, hashes_empty=True),
}


def _base64(key: bytes) -> bytes:
    return base64.b64encode(key).rstrip(b"=")


def _native(password: bytes) -> bytes:
    return b"*" + hashlib.sha1(hashlib.sha1(password).digest()).hexdigest().upper().encode("ascii")


# SHA-crypt ------------------------------------------------------------------------------------------------------------

_CRYPT_ALPHABET = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DIGEST_SIZE = 32
# The order in which SHA-crypt reads the digest: three bytes make four characters, the last two make three.
_CRYPT_TRIPLES = tuple((i % 30, (i + 10) % 30, (i + 20) % 30) for i in (0, 21, 12, 3, 24, 15, 6, 27, 18, 9))


def sha256_crypt(password: bytes, salt: bytes, rounds: int) -> bytes:
    """The 43 characters of digest of SHA-256-crypt (U. Drepper: Unix crypt using SHA-256 and SHA-512).

    The salt is taken whole: the servers use 20 bytes, where Unix cuts it at 16.
    """
    alternate = hashlib.sha256(password + salt + password).digest()
    start = hashlib.sha256(password + salt + _stretch(alternate, len(password)))
    length = len(password)
    while length:
        start.update(alternate if length & 1 else password)
        length >>= 1
    digest = start.digest()
    p = _stretch(hashlib.sha256(password * len(password)).digest(), len(password))
    s = _stretch(hashlib.sha256(salt * (16 + digest[0])).digest(), len(salt))
    for number in range(rounds):
        middle = (s if number % 3 else b"") + (p if number % 7 else b"")
        digest = hashlib.sha256(p + middle + digest if number & 1 else digest + middle + p).digest()
    encoded = b"".join(_crypt_base64(digest[a] << 16 | digest[b] << 8 | digest[c], 4) for a, b, c in _CRYPT_TRIPLES)
    return encoded + _crypt_base64(digest[31] << 8 | digest[30], 3)


def _stretch(digest: bytes, length: int) -> bytes:
    return (digest * (length // _DIGEST_SIZE + 1))[:length]


def _crypt_base64(number: int, characters: int) -> bytes:
    return bytes(_CRYPT_ALPHABET[number >> 6 * place & 63] for place in range(characters))


# Ed25519 --------------------------------------------------------------------------------------------------------------

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202

# A point of the curve in extended coordinates (X, Y, Z, T): x = X/Z, y = Y/Z, xy = T/Z.
_Point = tuple[int, int, int, int]


def ed25519_public_key(secret: bytes) -> bytes:
    """The Ed25519 public key of a secret (RFC 8032, 5.1.5), which may have any length: MariaDB's is the password.

    Not in constant time: for passwords that the caller knows anyway.
    """
    digest = hashlib.sha512(secret).digest()
    scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    power: _Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)
    total: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, power)
        power = _add(power, power)
        scalar >>= 1
    inverse = pow(total[2], -1, _P)
    x, y = total[0] * inverse % _P, total[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _add(left: _Point, right: _Point) -> _Point:
    a = (left[1] - left[0]) * (right[1] - right[0]) % _P
    b = (left[1] + left[0]) * (right[1] + right[0]) % _P
    c = 2 * left[3] * right[3] * _D % _P
    d = 2 * left[2] * right[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)
