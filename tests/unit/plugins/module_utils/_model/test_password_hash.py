# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stored passwords: published vectors, and strings that MySQL 9.7 and MariaDB 10.11 and 11.8 have stored themselves."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.password_hash import (
    Verdict,
    ed25519_public_key,
    make_caching_sha2,
    make_ed25519,
    make_native,
    sha256_crypt,
    verify,
)

SHA2_ASCII = b"$A$00A$O\x07Q9Zx)\x1046cf\x06f|5A)=\x08Ucq7OFZvNb5ocpjr.AMlsr5o3mPwChSvumlSPkGdU4D"
SALT = b"()*+,-./0123456789:;"

STORED_BY_SERVERS = [
    ("caching_sha2_password", "password", SHA2_ASCII),
    (
        "caching_sha2_password",
        "pässwörd ☃",
        b"$A$00A$\x13'd4\x01\x1b\x03P\x7fNx\\\x05|<s\x019\x141G47FsVPxW3MUzTxgm0s9jRoFHSiqYp87sVnq4Zzyo75",
    ),
    ("sha256_password", "password", b"$5$C'BD]\x1dP\x066HugiCNK\x022t\x02$DHk6MsH2Kpq6Ay/KACT9YaX4jumJaDqfEuSecID/5.2"),
    ("sha256_password", "x", b"$5$2)sv1f\tl\x04\x1fr=7\x14A,c\x06O=$wEDB1K8JqYSAsgkk5aYGhRZq6r7hBfkQ7eD9Xxr9f2B"),
    ("mysql_native_password", "password", b"*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"),
    ("mysql_native_password", "pässwörd ☃", b"*DE1B481D13E7F87E65B74E6003E65552CD8FA5FC"),
    ("ed25519", "password", b"RBIiSdwSgBldhFZLFzRCTTc1Q0pRJ3pFZudlQ78k40o"),
    ("ed25519", "pässwörd ☃", b"EUeyH2AOKFPDp41zZsTUM6/3pkMgziEfSYNAv5ntREo"),
    ("ed25519", "a" * 70, b"xpyeptewsx6eXZPOi+zCYk7OnyzwBizNItksNhX0BCk"),
    ("parsec", "password", b"P0:+fezXVg1Kor9G2DoHsthAWgc:9iT9lqv1Z5isA3cvYmmstCyVthOeLeh0yPFtkJwm8ik"),
    ("parsec", "pässwörd ☃", b"P0:/BhMC3iIMDIn4GMstdHsz2iQ:0oIOmYcUcnDyzmM7z7fGlnoPdKSPmNA7er9VL5s4JXg"),
]


@pytest.mark.parametrize(("plugin", "password", "stored"), STORED_BY_SERVERS)
def test_what_a_server_stored_fits_its_password_only(plugin: str, password: str, stored: bytes) -> None:
    assert verify(plugin, stored, password) is Verdict.MATCH
    assert verify(plugin, stored, password + " ") is Verdict.MISMATCH
    assert verify(plugin, stored, "") is Verdict.MISMATCH


# U. Drepper's vectors, those whose salt fits in 16 bytes once cut.
@pytest.mark.parametrize(
    ("password", "salt", "rounds", "digest"),
    [
        (b"Hello world!", b"saltstring", 5000, b"5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
        (b"Hello world!", b"saltstringsaltst", 10000, b"3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"),
        (b"This is just a test", b"toolongsaltstrin", 5000, b"Un/5jzAHMgOGZ5.mWJpuVolil07guHPvOW8mGRcvxa5"),
        (
            b"a very much longer text to encrypt.  This one even stretches over morethan one line.",
            b"anotherlongsalts",
            1400,
            b"Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1",
        ),
        (
            b"we have a short salt string but not a short password",
            b"short",
            77777,
            b"JiO1O3ZpDAxGJeaDIuqCoEFysAe1mZNJRs3pw0KQRd/",
        ),
    ],
)
def test_sha256_crypt(password: bytes, salt: bytes, rounds: int, digest: bytes) -> None:
    assert sha256_crypt(password, salt, rounds) == digest


# RFC 8032, 7.1: tests 1 to 3 and 1024.
@pytest.mark.parametrize(
    ("secret", "public"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        ),
        (
            "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
            "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
        ),
    ],
)
def test_ed25519_public_keys(secret: str, public: str) -> None:
    assert ed25519_public_key(bytes.fromhex(secret)).hex() == public


@pytest.mark.parametrize(
    ("plugin", "password", "verdict"),
    [
        *((plugin, "", Verdict.MATCH) for plugin in ("caching_sha2_password", "sha256_password", "mysql_native_password")),
        *((plugin, "x", Verdict.MISMATCH) for plugin in ("caching_sha2_password", "sha256_password", "mysql_native_password")),
        # As seen on 10.11, which stores nothing for the empty password and then lets nobody in.
        ("ed25519", "", Verdict.MISMATCH),
        ("ed25519", "x", Verdict.MISMATCH),
        ("parsec", "", Verdict.MISMATCH),
        ("auth_socket", "", Verdict.UNKNOWN),
    ],
)
def test_an_account_with_nothing_stored(plugin: str, password: str, verdict: Verdict) -> None:
    assert verify(plugin, b"", password) is verdict


def test_the_empty_password_has_a_hash_where_11_8_stores_one() -> None:
    assert verify("ed25519", b"4LH+dBF+G5W2CKTyId8xR3SyDqZoQjUNUVNxx8aWbG4", "") is Verdict.MATCH
    assert verify("parsec", b"P0:ZnVEnJoAr3+lCoBKGzpF1u8I:e3cS2/yTD911RYfuhytGYpXsvq9gCn6J2xspO9oM/co", "") is Verdict.MATCH


def test_the_hash_of_the_empty_password_lets_nobody_in_where_servers_store_nothing() -> None:
    assert verify("mysql_native_password", b"*BE1BDEC0AA74B4DCB079943E70528096CCA985F8", "") is Verdict.MISMATCH


@pytest.mark.parametrize(
    ("plugin", "stored"),
    [
        ("unix_socket", b"*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"),
        ("", b"*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"),
        # MariaDB's root: never accepted, and not for us to interpret.
        ("mysql_native_password", b"invalid"),
        ("mysql_native_password", b"*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E1"),
        ("mysql_native_password", b"*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E190"),
        ("mysql_native_password", b"*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E1G"),
        ("caching_sha2_password", SHA2_ASCII[:-1]),
        ("caching_sha2_password", SHA2_ASCII + b" "),
        ("caching_sha2_password", b"$B" + SHA2_ASCII[2:]),
        ("caching_sha2_password", b"$A$000" + SHA2_ASCII[6:]),
        ("caching_sha2_password", b"$A$00G" + SHA2_ASCII[6:]),
        ("sha256_password", SHA2_ASCII),
        ("sha256_password", b"$5$rounds=5000$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
        ("ed25519", b"RBIiSdwSgBldhFZLFzRCTTc1Q0pRJ3pFZudlQ78k40o="),
        ("ed25519", b"RBIiSdwSgBldhFZLFzRCTTc1Q0pRJ3pFZudlQ78k40\n"),
        ("parsec", b"P4:+fezXVg1Kor9G2DoHsthAWgc:9iT9lqv1Z5isA3cvYmmstCyVthOeLeh0yPFtkJwm8ik"),
        ("parsec", b"Q0:+fezXVg1Kor9G2DoHsthAWgc:9iT9lqv1Z5isA3cvYmmstCyVthOeLeh0yPFtkJwm8ik"),
    ],
)
def test_what_is_not_understood_is_unknown(plugin: str, stored: bytes) -> None:
    assert verify(plugin, stored, "password") is Verdict.UNKNOWN


def test_rounds_are_hexadecimal_thousands() -> None:
    salt, digest = SHA2_ASCII[7:27], SHA2_ASCII[27:]
    assert sha256_crypt(b"password", salt, 10000) == digest
    assert make_caching_sha2("password", salt, 10000) == SHA2_ASCII


def test_the_iterations_of_parsec_count() -> None:
    stored = b"P1:+fezXVg1Kor9G2DoHsthAWgc:9iT9lqv1Z5isA3cvYmmstCyVthOeLeh0yPFtkJwm8ik"
    assert verify("parsec", stored, "password") is Verdict.MISMATCH


@pytest.mark.parametrize("password", ["password", "pä$s", "x" * 200])
def test_what_is_made_fits(password: str) -> None:
    for rounds in (5000, 16000):
        stored = make_caching_sha2(password, SALT, rounds)
        assert len(stored) == 70
        assert verify("caching_sha2_password", stored, password) is Verdict.MATCH
    assert verify("mysql_native_password", make_native(password), password) is Verdict.MATCH
    assert verify("ed25519", make_ed25519(password), password) is Verdict.MATCH


def test_the_empty_password_is_made_as_the_servers_store_it() -> None:
    assert make_caching_sha2("", SALT, 5000) == b""
    assert make_native("") == b""
    assert make_ed25519("") == b"4LH+dBF+G5W2CKTyId8xR3SyDqZoQjUNUVNxx8aWbG4"


@pytest.mark.parametrize("salt", [b"", SALT[1:], SALT + b"x", SALT[1:] + b"$", SALT[1:] + b"\0", SALT[1:] + b"\x80"])
def test_a_salt_that_no_server_makes_is_refused(salt: bytes) -> None:
    with pytest.raises(ValueError, match="salt"):
        make_caching_sha2("password", salt, 5000)


@pytest.mark.parametrize("rounds", [0, 4000, 5001, 4096000])
def test_rounds_that_no_server_uses_are_refused(rounds: int) -> None:
    with pytest.raises(ValueError, match="rounds"):
        make_caching_sha2("password", SALT, rounds)
