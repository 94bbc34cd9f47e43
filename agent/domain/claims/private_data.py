"""Takes out of customers' text what no model needs: addresses, long numbers, keys and passwords."""

import re

_RULES = (
    (re.compile(r"-----BEGIN [A-Z ]{3,40}-----[\s\S]{0,8000}?(?:-----END [A-Z ]{3,40}-----|\Z)"), "[secret]"),
    (re.compile(r"(?i)\b(?:password|passwort|passwd|pwd|secret|token|api[ _-]?key|bearer)\b(?:\s+(?:is|ist))?\s*[:=]?\s*(?!(?:is|was|for|to|and|does|not|reset)\b)\S{6,200}"),
     "[secret]"),
    (re.compile(r"\b(?:sk|pk|rk|ghp|gho|github_pat|xox[abprs]|AKIA|eyJ)[-_A-Za-z0-9.]{12,400}"), "[secret]"),
    (re.compile(r"(?=[A-Za-z0-9+/_=-]*\d)(?=[A-Za-z0-9+/_=-]*[A-Za-z])(?<![\w/.-])[A-Za-z0-9+/_=-]{32,400}(?![\w/.-])"), "[secret]"),
    (re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "[e-mail]"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"), "[account number]"),
    (re.compile(r"(?<![\w.-])\+?\(?\d(?:[ ()/.-]{0,2}\d){7,18}(?![\w-])"), "[number]"),
)  # fmt: skip


def without_private_data(text: str) -> str:
    """Return the text with e-mail addresses, long numbers (phone, card, bank), keys and passwords replaced by what they were.

    Dates such as 2026-12-12 have eight digits and go too: a model that words an answer does not need them.
    """
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text
