"""Photos on their way into the store without passing the gateway.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UPLOADS = """
CREATE TABLE uploads (
    id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    key TEXT NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    case_id TEXT,
    CONSTRAINT pk_uploads PRIMARY KEY (id),
    CONSTRAINT uq_uploads_key UNIQUE (key),
    CONSTRAINT uq_uploads_case_id UNIQUE (case_id),
    CONSTRAINT fk_uploads_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id),
    CONSTRAINT fk_uploads_case_id_cases FOREIGN KEY (case_id) REFERENCES cases (id)
);
CREATE INDEX ix_uploads_clinic_id_expires_at ON uploads (clinic_id, expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON uploads TO lesionlens_gateway;
GRANT SELECT, DELETE ON uploads TO lesionlens_worker;
GRANT SELECT ON uploads TO lesionlens_auditor;

ALTER TABLE uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE uploads FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON uploads TO lesionlens_gateway
    USING (clinic_id = current_setting('app.clinic', true))
    WITH CHECK (clinic_id = current_setting('app.clinic', true));
CREATE POLICY every_clinic ON uploads TO lesionlens_worker USING (true) WITH CHECK (true);
CREATE POLICY read_all ON uploads FOR SELECT TO lesionlens_auditor USING (true);
"""


def upgrade() -> None:
    op.execute(UPLOADS)


def downgrade() -> None:
    op.execute("DROP TABLE uploads")
