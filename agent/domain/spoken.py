"""Code names as people say them."""

_NOTICED = {
    "deal.silent": "The deal has been silent",
    "contract.renewal_window": "The renewal window is open",
    "contract.notice_deadline": "The notice deadline is near",
    "ticket.sla_at_risk": "The ticket's SLA is at risk",
}
"""What our own clock tells: nobody did anything."""


def spoken(code: str) -> str:
    """A code name with blanks for its dots and underscores: `deal.stage_changed` is «deal stage changed»."""
    return code.replace(".", " ").replace("_", " ")


def sentence(text: str) -> str:
    """The text with a capital at its beginning; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def happened(event_type: str) -> str:
    """What an event was, as a sentence begins."""
    if event_type in _NOTICED:
        return _NOTICED[event_type]
    return "A colleague asked for this" if event_type.startswith("request.") else sentence(spoken(event_type))
