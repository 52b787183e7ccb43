"""Operators who are signed in to the console.

Revision ID: 0021
Revises: 0020
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# One that has ended is deleted: nothing is learnt of it that the access log does not hold.
TABLE = """
CREATE TABLE console_sessions (
    digest BYTEA NOT NULL,
    key_id TEXT NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    used_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_console_sessions PRIMARY KEY (digest),
    CONSTRAINT ck_console_sessions_is_a_digest CHECK (octet_length(digest) = 32),
    CONSTRAINT fk_console_sessions_key_id_api_keys FOREIGN KEY (key_id) REFERENCES api_keys (id)
);
CREATE INDEX ix_console_sessions_key_id ON console_sessions (key_id);
CREATE INDEX ix_console_sessions_expires_at ON console_sessions (expires_at);
GRANT SELECT, INSERT, UPDATE (used_at), DELETE ON console_sessions TO lesionlens_gateway;
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE console_sessions")
