"""Every table: each is known once its module is loaded."""

from integrations.db import slack_rows, vendor_rows
from integrations.db.tables import Row

__all__ = ["Row", "slack_rows", "vendor_rows"]
