# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults between a replica and its source, for an audit: the way there, its certificate, and the server that lets nobody in."""

from __future__ import annotations

from fault import CERTIFICATE, MARIADB, MYSQL, RECONNECT, Fault, ReceiverFails, Threads, on, restart, sh
from faults import HAND_MADE, PRIMARY, REPLICA

_REFUSED = ReceiverFails((2003,))
_NO_TLS = ReceiverFails((2026,))
_FIREWALL = "INPUT -p tcp --syn --dport 3306 -j REJECT --reject-with tcp-reset"
_FORGET_HOSTS = {MYSQL: "TRUNCATE performance_schema.host_cache", MARIADB: "FLUSH HOSTS"}
# Every connection but the one that is kept for administrators.
_FILL = """\
c="$$(command -v mariadb || command -v mysql) -N -e"
senders="SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'"
for id in $$($$c "$$senders"); do $$c "KILL $$id"; done
until [ -z "$$($$c "$$senders")" ]; do sleep 0.1; done
setsid -f python3 -c '
import os, time, pymysql
held = []
try:
    while True:
        held.append(pymysql.connect(user="root", unix_socket="/run/mysqld/mysqld.sock"))
except pymysql.err.Error:
    held.pop().close()
open("/run/filler.pid", "w").write(str(os.getpid()))
time.sleep(900)
' > /dev/null 2>&1 < /dev/null
until [ -e /run/filler.pid ] && $$c "SELECT 1"; do sleep 0.1; done"""
_RELOAD = {MYSQL: "ALTER INSTANCE RELOAD TLS", MARIADB: "FLUSH SSL"}
_FOLDER = {MYSQL: "/var/lib/mysql", MARIADB: "/etc/mysql/tls"}
_FORGET_CA = "STOP REPLICA; $change ${source}_SSL_CA = '', ${source}_SSL_VERIFY_SERVER_CERT = 0; START REPLICA"


_SHORT_LIVED = f"""\
cat > /tmp/ca.cnf <<'END'
[ca]
default_ca = own
[own]
database = /tmp/ca.index
serial = /tmp/ca.serial
new_certs_dir = /tmp
default_md = sha256
policy = any
[any]
commonName = supplied
END
: > /tmp/ca.index; echo 01 > /tmp/ca.serial
openssl req -new -key server-key.pem -subj /CN=$primary_address -out /tmp/ca.csr
openssl ca -batch -notext -config /tmp/ca.cnf -in /tmp/ca.csr -cert {CERTIFICATE} -keyfile server-key.pem -out server-cert.pem \
  -enddate "$$(date --utc --date '+3 seconds' +%Y%m%d%H%M%SZ)" 2> /tmp/ca.log || {{ cat /tmp/ca.log; exit 1; }}"""
_UNTIL_EXPIRED = "while openssl x509 -checkend 0 -noout -in server-cert.pem > /dev/null; do sleep 0.2; done"


def reach_faults(vendor: str) -> list[tuple[str, Fault]]:
    """The rule that must come first, and the fault."""
    return [*_way(vendor), *_door(vendor), *_shut(vendor), *_certificates(vendor)]


def _way(vendor: str) -> list[tuple[str, Fault]]:
    return [
        (
            "net.source_down",
            Fault(
                "the source is down",
                (sh(PRIMARY, "systemctl stop $service"),),
                _REFUSED,
                cleanup=(sh(PRIMARY, "systemctl start $service"),),
            ),
        ),
        (
            "net.reachable",
            Fault(
                "a firewall between",
                (sh(PRIMARY, f"iptables -I {_FIREWALL}"),),
                _REFUSED,
                RECONNECT,
                cleanup=(sh(PRIMARY, f"iptables -D {_FIREWALL}"),),
            ),
        ),
        (
            "net.name_resolution",
            Fault(
                "the source's name is not known any more",
                (
                    sh(REPLICA, "cp /etc/hosts /etc/hosts.before; echo '$primary_address primary' >> /etc/hosts"),
                    on(REPLICA, "STOP REPLICA; $change ${source}_HOST = 'primary'; START REPLICA"),
                    sh(REPLICA, "cat /etc/hosts.before > /etc/hosts; cp /etc/resolv.conf /tmp/; : > /etc/resolv.conf"),
                ),
                ReceiverFails((2003, 2005)),
                RECONNECT,
                cleanup=(sh(REPLICA, "cat /tmp/resolv.conf > /etc/resolv.conf"),),
            ),
        ),
        (
            "identity.self_replication",
            Fault(
                "the channel leads to the replica itself",
                (on(REPLICA, "STOP REPLICA; $change ${source}_HOST = '127.0.0.1'; START REPLICA"),),
                ReceiverFails((13117, 1593)),
            ),
        ),
    ]


def _door(vendor: str) -> list[tuple[str, Fault]]:
    return [
        (
            "net.host_blocked",
            Fault(
                "the source has blocked the replica's host",
                (
                    on(PRIMARY, f"{_FORGET_HOSTS[vendor]}; SET GLOBAL max_connect_errors = 1"),
                    sh(REPLICA, "for i in 1 2 3; do bash -c 'exec 3<>/dev/tcp/$primary_address/3306; head -c 4 <&3'; done"),
                ),
                ReceiverFails((1129,)),
                RECONNECT,
                cleanup=(on(PRIMARY, f"SET GLOBAL max_connect_errors = DEFAULT; {_FORGET_HOSTS[vendor]}"),),
            ),
        ),
        (
            "net.connections_full",
            Fault(
                "the source has no connection left",
                (
                    on(REPLICA, "STOP REPLICA IO_THREAD"),
                    sh(PRIMARY, _FILL),
                    on(REPLICA, "START REPLICA IO_THREAD"),
                ),
                ReceiverFails((1040,)),
                cleanup=(sh(PRIMARY, "kill $$(cat /run/filler.pid); rm /run/filler.pid"),),
            ),
        ),
        (
            "account.resource_limits",
            Fault(
                "the account may connect once an hour",
                (on(PRIMARY, "ALTER USER repl@'%' WITH MAX_CONNECTIONS_PER_HOUR 1"), sh(REPLICA, "true")),
                ReceiverFails((1226,)),
                RECONNECT,
                cleanup=(on(PRIMARY, "ALTER USER repl@'%' WITH MAX_CONNECTIONS_PER_HOUR 0; FLUSH USER_RESOURCES"),),
            ),
        ),
        (
            "tls.require_transport",
            Fault(
                "the source takes TLS only, and the channel has none",
                (
                    on(PRIMARY, "ALTER USER repl@'%' REQUIRE NONE"),
                    on(REPLICA, "STOP REPLICA; $change ${source}_SSL = 0; START REPLICA"),
                    on(PRIMARY, "SET GLOBAL require_secure_transport = ON"),
                ),
                ReceiverFails((3159, 1045)),
                RECONNECT,
                cleanup=(restart(PRIMARY),),  # it leaves no trace of a change at run time
            ),
        ),
    ]


def _shut(vendor: str) -> list[tuple[str, Fault]]:
    """What only one of the two vendors has."""
    wrong = "mariadb --host=$primary_address --user=repl --password=wrong -e 'SELECT 1' 2> /dev/null || true"
    if vendor == MARIADB:
        return [
            (
                "account.probe_login",
                Fault(
                    "the account is blocked after wrong passwords",
                    (on(PRIMARY, "SET GLOBAL max_password_errors = 1"), sh(REPLICA, f"for i in 1 2 3; do {wrong}; done")),
                    ReceiverFails((4150,)),
                    RECONNECT,
                    cleanup=(on(PRIMARY, "SET GLOBAL max_password_errors = DEFAULT; FLUSH PRIVILEGES"),),
                ),
            ),
        ]
    return [
        (
            "net.offline_mode",
            Fault(
                "the source is in offline mode",
                (on(PRIMARY, "SET GLOBAL offline_mode = ON"),),
                ReceiverFails((3032,)),
                cleanup=(on(PRIMARY, "SET GLOBAL offline_mode = OFF"),),
            ),
        ),
    ]


def _self_signed(vendor: str) -> str:
    """A new key and certificate for the primary, which is its own authority."""
    key = f"{_FOLDER[vendor]}/server-key.pem"
    return (
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=$primary_address -addext subjectAltName=IP:$primary_address"
        f" -keyout {key} -out {CERTIFICATE} 2> /dev/null; chown mysql {key}; cat {CERTIFICATE} > {_FOLDER[vendor]}/server-cert.pem"
    )


def _certificates(vendor: str) -> list[tuple[str, Fault]]:
    folder = _FOLDER[vendor]
    kept = f"cd {folder}; cp -np server-key.pem /etc/ssl/kept-key.pem; cp -np server-cert.pem /etc/ssl/kept-cert.pem"
    verified = (
        sh(PRIMARY, f"{kept}; {_self_signed(vendor)}"),
        on(PRIMARY, _RELOAD[vendor]),
        sh(REPLICA, f"echo '$certificate' > {CERTIFICATE}"),
        on(
            REPLICA,
            f"STOP REPLICA; $change ${{source}}_SSL_CA = '{CERTIFICATE}', ${{source}}_SSL_VERIFY_SERVER_CERT = 1; START REPLICA",
        ),
    )
    restored = (
        sh(PRIMARY, f"cd {folder}; cp -p /etc/ssl/kept-key.pem server-key.pem; cp -p /etc/ssl/kept-cert.pem server-cert.pem"),
        on(PRIMARY, _RELOAD[vendor]),
        on(REPLICA, _FORGET_CA),
    )
    expired = f"cd {folder}; {_SHORT_LIVED}"
    return [
        (
            "",
            Fault(
                "no fault: the channel verifies its source's certificate",
                verified,
                Threads("Yes", "Yes"),
                RECONNECT,
                cleanup=restored,
            ),
        ),
        (
            "tls.disagreement",
            Fault(
                "the source's certificate is another authority's now",
                (*verified, sh(PRIMARY, _self_signed(vendor)), on(PRIMARY, _RELOAD[vendor])),
                _NO_TLS,
                RECONNECT,
                cleanup=restored,
            ),
        ),
        (
            # MariaDB tells the date only over TLS; then the receiver's error is all that there is.
            {MYSQL: "tls.cert_expiry", MARIADB: "tls.disagreement"}[vendor],
            Fault(
                "the source's certificate has expired",
                # A server does not load one that has expired already.
                (*verified, sh(PRIMARY, expired), on(PRIMARY, _RELOAD[vendor]), sh(PRIMARY, f"cd {folder}; {_UNTIL_EXPIRED}")),
                _NO_TLS,
                RECONNECT,
                cleanup=restored,
            ),
        ),
        (
            "tls.disagreement",
            Fault(
                "the channel trusts another authority",
                (
                    sh(REPLICA, f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=other -keyout /dev/null -out {CERTIFICATE}"),
                    on(
                        REPLICA,
                        f"STOP REPLICA; $change ${{source}}_SSL_CA = '{CERTIFICATE}', ${{source}}_SSL_VERIFY_SERVER_CERT = 1;"
                        " START REPLICA",
                    ),
                ),
                _NO_TLS,
                cleanup=(on(REPLICA, _FORGET_CA),),
            ),
        ),
        *([_CLEAR] if vendor == MARIADB else []),
    ]


_CLEAR = (
    "tls.really_encrypted",
    Fault(
        "the source offers no TLS, and the channel goes on without",
        (
            on(PRIMARY, "ALTER USER repl@'%' REQUIRE NONE"),
            on(REPLICA, "STOP REPLICA IO_THREAD"),
            sh(PRIMARY, f"printf '[mysqld]\\nskip-ssl\\n' > {HAND_MADE}; systemctl restart $service"),
            on(REPLICA, "START REPLICA IO_THREAD"),
        ),
        Threads("Yes", "Yes"),
        cleanup=(sh(PRIMARY, f"rm {HAND_MADE}; systemctl restart $service"),),
    ),
)
