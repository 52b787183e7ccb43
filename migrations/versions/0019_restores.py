"""That a database came out of a backup, and which record this is. Written by a restore alone, as the owner.

Revision ID: 0019
Revises: 0018
"""

import secrets

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE restores (
    backup TEXT NOT NULL,
    taken_at timestamptz NOT NULL,
    started_at timestamptz DEFAULT now() NOT NULL,
    public_usage BOOLEAN NOT NULL,
    finished_at timestamptz,
    ledger_complete_to timestamptz,
    replayed INTEGER,
    CONSTRAINT pk_restores PRIMARY KEY (backup)
);
GRANT SELECT ON restores TO lesionlens_auditor;
"""

# Made anew here and by each restore, and carried along in dumps: what one record says of erasures being complete says
# nothing of another one's.
RECORD = """
CREATE FUNCTION record_id() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT '{}'::text $$
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(RECORD.format(f"rec_{secrets.token_hex(16)}"))


def downgrade() -> None:
    op.execute("DROP FUNCTION record_id()")
    op.execute("DROP TABLE restores")
