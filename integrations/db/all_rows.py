"""Every table: each is known once its module is loaded."""

from integrations.db import search_rows, slack_rows, vendor_rows
from integrations.db.tables import Row

__all__ = ["Row", "search_rows", "slack_rows", "vendor_rows"]
