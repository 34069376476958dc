#!/bin/sh
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fills a table, and goes on writing to it in a unit of its own until that is stopped.
set -eu
client=$(command -v mariadb || command -v mysql)
"$client" <<'SQL'
CREATE DATABASE shop;
CREATE TABLE shop.orders (
  id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(60), weight DOUBLE, at TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6)
);
INSERT INTO shop.orders (note, weight)
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
  SELECT CONCAT('order ', a.i), a.i / 7 FROM n a JOIN (SELECT 1 UNION SELECT 2) b;
SQL
# A server that restarts ends the client (with --force it would go on without one), that its writer by a signal, and the next two go on.
cat > /usr/local/bin/write-on <<EOF
#!/bin/sh
while :; do
  i=0
  while :; do
    i=\$((i + 1))
    echo "INSERT INTO shop.orders (note, weight) VALUES ('during \$i', \$i / 3); UPDATE shop.orders SET weight = weight + 0.1 WHERE id = \$i;"
    echo "DELETE FROM shop.orders WHERE id = \$((i + 5)) AND id % 3 = 0;"
    sleep 0.02
  done | $client 2>/dev/null
  sleep 0.2
done
EOF
chmod +x /usr/local/bin/write-on
systemd-run --quiet --collect --unit=write-on --property=KillSignal=SIGKILL --property=IgnoreSIGPIPE=no /usr/local/bin/write-on
