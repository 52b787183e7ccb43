"""What the sweeps look for every two seconds, found without reading the rows that have long been done.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX ix_cases_leftover ON cases (id)
    WHERE incoming_key IS NOT NULL AND (image_key IS NOT NULL OR state IN ('failed', 'canceled'));

CREATE INDEX ix_runs_deadline_at ON runs (deadline_at)
    WHERE deadline_at IS NOT NULL AND state IN ('queued', 'running');
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    op.execute("DROP INDEX ix_runs_deadline_at")
    op.execute("DROP INDEX ix_cases_leftover")
