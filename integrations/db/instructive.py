"""What there is that a model may learn from: outcomes that say something, answers, and labels of reviewers."""

from sqlalchemy import func, or_, select, union_all

from integrations.db.tables import APPROVALS, OUTCOMES, REVIEWS

_OUTCOMES = select(OUTCOMES.c.decision_id).where(or_(OUTCOMES.c.result.is_not(None), OUTCOMES.c.guardrails != []))
_ANSWERS = select(APPROVALS.c.decision_id).where(APPROVALS.c.answered_by.is_not(None))
_LABELS = select(REVIEWS.c.decision_id)

OF = union_all(_OUTCOMES, _ANSWERS, _LABELS)
"""The decisions that they are of, each as often as something is said of it."""

COUNT = select(func.count()).select_from(OF.subquery())
"""How much it is."""
