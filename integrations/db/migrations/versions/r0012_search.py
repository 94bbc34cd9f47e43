"""Articles are searched passage by passage, by their words and by vectors. The index is made anew from the articles when it is first used."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WORDS = ("CREATE VIRTUAL TABLE search_words USING fts5(title, topics, text, tokenize = 'porter unicode61')",)
WORDS_ON_A_SERVER = (
    "CREATE TABLE search_words (rowid BIGINT PRIMARY KEY, title TEXT NOT NULL, topics TEXT NOT NULL, text TEXT NOT NULL, words TSVECTOR NOT NULL)",
    "CREATE INDEX ix_search_words_words ON search_words USING gin (words)",
)
BEFORE = "CREATE VIRTUAL TABLE sandbox_search USING fts5(kind UNINDEXED, id UNINDEXED, title, body, topics, tokenize = 'porter unicode61')"
REFILL = """
    INSERT INTO sandbox_search (kind, id, title, body, topics)
    SELECT kind, id, json_extract(data, '$.title'),
      trim(coalesce(json_extract(data, '$.summary'), '') || ' ' || coalesce(json_extract(data, '$.body'), '')),
      coalesce((SELECT group_concat(replace(value, '_', ' '), ' ') FROM json_each(data, '$.topics')), '')
    FROM sandbox_records WHERE kind IN ('articles', 'assets') AND NOT deleted
"""


def upgrade() -> None:
    """Make the tables. They are empty, and of no edition: whoever opens the database next fills them."""
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("sandbox_search")
    op.create_table(
        "search_shelves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_shelves"),
        sa.UniqueConstraint("stored", name="uq_search_shelves_stored"),
    )
    op.create_table(
        "search_passages",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("article", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shelf", sa.Integer(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_search_passages"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_search_passages_article", "search_passages", ["article"])
    op.create_index("ix_search_passages_digest", "search_passages", ["digest"])
    op.create_table(
        "search_vectors",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_search_vectors"),
        sa.UniqueConstraint("model", "digest", name="uq_search_vectors_model_digest"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "search_state",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_search_state"),
    )
    for statement in WORDS if op.get_bind().dialect.name == "sqlite" else WORDS_ON_A_SERVER:
        op.execute(statement)


def downgrade() -> None:
    """Drop them, and fill the index that was before."""
    for name in ("search_words", "search_state", "search_vectors", "search_passages", "search_shelves"):
        op.drop_table(name)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(BEFORE)
        op.execute(REFILL)
