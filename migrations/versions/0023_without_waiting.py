"""What takes a pass over all cases, made while everybody reads and writes: checks of what is there, and an index.

In no transaction, so that no lock is kept. Each step may be done again: one that was cut off is begun anew.

Revision ID: 0023
Revises: 0022
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

CHECKS = ("ck_cases_state_known", "ck_cases_erased_is_blank")
# One that was cut off is there, and is not valid: nobody uses it, and nobody would make it anew.
CUT_OFF = """
SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('ix_cases_retained') AND NOT indisvalid
"""
# Tombstones pile up at the old end of a history: without them in the index the look-up reads what it returns.
RETAINED = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_cases_retained ON cases (clinic_id, created_at, id)
    WHERE state NOT IN ('accepted', 'processing', 'erased')
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for transactions that are open, and keeps none waiting meanwhile.
        usual = op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar_one()
        op.execute("SET lock_timeout = 0")
        for check in CHECKS:
            op.execute(f"ALTER TABLE cases VALIDATE CONSTRAINT {check}")
        if op.get_bind().exec_driver_sql(CUT_OFF).first():
            op.execute("DROP INDEX CONCURRENTLY ix_cases_retained")
        op.execute(RETAINED)
        op.execute(f"SET lock_timeout = '{usual}'")


def downgrade() -> None:
    op.execute("DROP INDEX ix_cases_retained")
