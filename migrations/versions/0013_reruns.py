"""Campaigns: stored cases run on another model, compared, promoted and rolled back. And the gate of bulk work.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Members are written by one INSERT ... SELECT from cases, whose rows nobody may delete: a foreign key for each of
# campaign, case, clinic and run would look up a million rows four times over, and make planning three times as slow.
TABLES = """
CREATE TABLE reruns (
    id TEXT NOT NULL,
    clinic_id TEXT,
    made_by TEXT NOT NULL,
    state TEXT NOT NULL,
    target_model_id TEXT NOT NULL,
    reprocess TEXT NOT NULL,
    selector JSONB NOT NULL,
    max_active INTEGER DEFAULT 32 NOT NULL,
    newest_first BOOLEAN DEFAULT true NOT NULL,
    stop_failure_ratio DOUBLE PRECISION,
    deadline_at timestamptz,
    auto_promote BOOLEAN DEFAULT false NOT NULL,
    max_flip_ratio DOUBLE PRECISION,
    digest TEXT,
    counts JSONB,
    estimate JSONB,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    stop_reason TEXT,
    CONSTRAINT pk_reruns PRIMARY KEY (id),
    CONSTRAINT ck_reruns_state_known CHECK (state IN
        ('planning', 'planned', 'running', 'paused', 'canceling', 'canceled', 'finished', 'expired')),
    CONSTRAINT ck_reruns_reprocess_known CHECK (reprocess IN ('missing', 'failed', 'all')),
    CONSTRAINT ck_reruns_max_active_sane CHECK (max_active BETWEEN 1 AND 10000),
    CONSTRAINT fk_reruns_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id),
    CONSTRAINT fk_reruns_made_by_api_keys FOREIGN KEY (made_by) REFERENCES api_keys (id),
    CONSTRAINT fk_reruns_target_model_id_model_versions
        FOREIGN KEY (target_model_id) REFERENCES model_versions (id)
);

CREATE INDEX ix_reruns_clinic_id_id ON reruns (clinic_id, id);

CREATE INDEX ix_reruns_at_work ON reruns (id)
    WHERE state IN ('planning', 'planned', 'running', 'paused', 'canceling');

CREATE TABLE rerun_items (
    rerun_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    state TEXT NOT NULL,
    skip_reason TEXT,
    base_run_id TEXT,
    run_id TEXT,
    promotion TEXT,
    previous_run_id TEXT,
    previous_state TEXT,
    previous_error_code TEXT,
    CONSTRAINT pk_rerun_items PRIMARY KEY (rerun_id, case_id),
    CONSTRAINT ck_rerun_items_state_known CHECK (state IN
        ('planned', 'queued', 'succeeded', 'rejected', 'failed', 'canceled', 'skipped')),
    CONSTRAINT ck_rerun_items_promotion_known CHECK (promotion IN ('promoted', 'conflict', 'rolled_back')),
    CONSTRAINT ck_rerun_items_skipped_for_a_reason CHECK ((state = 'skipped') = (skip_reason IS NOT NULL)),
    CONSTRAINT fk_rerun_items_run_id_runs FOREIGN KEY (run_id, case_id) REFERENCES runs (id, case_id)
);

CREATE INDEX ix_rerun_items_case_id ON rerun_items (case_id);

CREATE INDEX ix_rerun_items_planned ON rerun_items (rerun_id, case_id) WHERE state = 'planned';

CREATE INDEX ix_rerun_items_queued ON rerun_items (rerun_id, run_id) WHERE state = 'queued';

CREATE TABLE bulk_gate (
    id INTEGER NOT NULL,
    is_open BOOLEAN DEFAULT true NOT NULL,
    live_p95_s DOUBLE PRECISION,
    changed_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_bulk_gate PRIMARY KEY (id),
    CONSTRAINT ck_bulk_gate_one_row CHECK (id = 1)
);

INSERT INTO bulk_gate (id) VALUES (1);
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON reruns, rerun_items TO lesionlens_gateway, lesionlens_worker;
GRANT DELETE ON rerun_items TO lesionlens_gateway;
GRANT SELECT ON reruns, rerun_items, bulk_gate TO lesionlens_auditor;
GRANT SELECT, UPDATE ON bulk_gate TO lesionlens_worker;
GRANT SELECT ON bulk_gate TO lesionlens_gateway;
"""

# An operator's campaign is over every clinic's cases. Only a transaction that says so sees them, as only one that names
# a clinic sees that clinic's; one that says neither sees nothing.
OPERATOR_TABLES = (
    "cases",
    "runs",
    "results",
    "artifacts",
    "events",
    "webhook_endpoints",
    "deliveries",
    "rerun_items",
    "reruns",
)
TENANT_TABLES = ("reruns", "rerun_items")


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GRANTS)
    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_clinic ON {table} TO lesionlens_gateway"
            " USING (clinic_id = current_setting('app.clinic', true))"
            " WITH CHECK (clinic_id = current_setting('app.clinic', true))"
        )
        op.execute(f"CREATE POLICY every_clinic ON {table} TO lesionlens_worker USING (true) WITH CHECK (true)")
        op.execute(f"CREATE POLICY read_all ON {table} FOR SELECT TO lesionlens_auditor USING (true)")
    for table in OPERATOR_TABLES:
        op.execute(
            f"CREATE POLICY operator ON {table} TO lesionlens_gateway"
            " USING (current_setting('app.operator', true) = 'on')"
            " WITH CHECK (current_setting('app.operator', true) = 'on')"
        )


def downgrade() -> None:
    for table in OPERATOR_TABLES:
        op.execute(f"DROP POLICY operator ON {table}")
    for table in ("bulk_gate", "rerun_items", "reruns"):
        op.execute(f"DROP TABLE {table}")
