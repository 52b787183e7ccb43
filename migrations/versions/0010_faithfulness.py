"""Whether a caller wants to know how far the map explains the answer.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A constant default: Postgres keeps it beside the table and rewrites no row.
    op.execute("ALTER TABLE cases ADD COLUMN measure_faithfulness BOOLEAN DEFAULT false NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE cases DROP COLUMN measure_faithfulness")
