"""Every table: each is known once its module is loaded."""

from integrations.db import console_rows, head_rows, learned_rows, playbook_rows, sandbox_rows, search_rows, slack_rows, vendor_rows
from integrations.db.tables import Row

__all__ = ["Row", "console_rows", "head_rows", "learned_rows", "playbook_rows", "sandbox_rows", "search_rows", "slack_rows", "vendor_rows"]
