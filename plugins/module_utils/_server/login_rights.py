# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the account of a run may do on the server that it is logged in to, and whether a statement failed for want of it."""

from __future__ import annotations

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.errors import DENIED
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_rights import LoginRights
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_accounts import own_account, own_grants


def login_rights(session: Session) -> LoginRights:
    """As the server lists them."""
    return LoginRights(session.where, own_account(session), own_grants(session))


def is_denied(session: Session, error: ServerError) -> bool:
    """Whether it is this session's login that lacks a right."""
    return error.where == session.where and error.errno in DENIED
