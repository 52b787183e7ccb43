"""Which request made a run, for whoever follows it from the gateway to its worker and its webhooks.

Revision ID: 0024
Revises: 0023
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No default: the rows that are there are not touched.
    op.execute("ALTER TABLE runs ADD COLUMN traceparent text")


def downgrade() -> None:
    op.execute("ALTER TABLE runs DROP COLUMN traceparent")
