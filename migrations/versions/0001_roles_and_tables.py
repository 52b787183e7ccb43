"""Roles and tables.

Revision ID: 0001
Revises:
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Group roles without login. The operator's logins are members; each service takes its own role when it connects.
# Roles belong to the whole server, so another database of it may have made them already.
ROLES = """
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['lesionlens_gateway', 'lesionlens_worker', 'lesionlens_auditor'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END;
    END IF;
    -- From Postgres 16 on, whoever creates a role may grant it but not take it: so the migrating login grants itself.
    EXECUTE format('GRANT %I TO CURRENT_USER', name);
  END LOOP;
END $$;
"""

TABLES = """
CREATE TABLE clinics (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_clinics PRIMARY KEY (id)
);

CREATE TABLE model_versions (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    state TEXT NOT NULL,
    manifest JSONB NOT NULL,
    weights_sha256 TEXT NOT NULL,
    weights_key TEXT NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    activated_at timestamptz,
    retired_at timestamptz,
    CONSTRAINT pk_model_versions PRIMARY KEY (id),
    CONSTRAINT ck_model_versions_state_known CHECK (state IN ('candidate', 'active', 'retired')),
    CONSTRAINT uq_model_versions_version UNIQUE (version)
);

CREATE UNIQUE INDEX uq_model_versions_one_active ON model_versions (state) WHERE state = 'active';

CREATE TABLE cases (
    id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    client_ref TEXT,
    subject_ref TEXT,
    lesion_ref TEXT,
    body_site TEXT,
    age INTEGER,
    sex TEXT,
    captured_at timestamptz,
    modality TEXT NOT NULL,
    deadline_at timestamptz,
    source_sha256 TEXT NOT NULL,
    source_bytes INTEGER NOT NULL,
    source_media_type TEXT NOT NULL,
    incoming_key TEXT,
    image_key TEXT,
    image_sha256 TEXT,
    image_media_type TEXT,
    image_width INTEGER,
    image_height INTEGER,
    first_run_id TEXT NOT NULL,
    published_run_id TEXT,
    error_code TEXT,
    CONSTRAINT pk_cases PRIMARY KEY (id),
    CONSTRAINT ck_cases_state_known
        CHECK (state IN ('accepted', 'processing', 'completed', 'rejected', 'failed', 'canceled', 'expired')),
    CONSTRAINT ck_cases_version_positive CHECK (version >= 1),
    CONSTRAINT ck_cases_image_whole
        CHECK (num_nulls(image_key, image_sha256, image_media_type, image_width, image_height) IN (0, 5)),
    CONSTRAINT fk_cases_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id)
);

CREATE INDEX ix_cases_clinic_id_state_id ON cases (clinic_id, state, id);

CREATE INDEX ix_cases_clinic_id_id ON cases (clinic_id, id);

CREATE TABLE api_keys (
    id TEXT NOT NULL,
    clinic_id TEXT,
    name TEXT NOT NULL,
    secret_sha256 BYTEA NOT NULL,
    scopes TEXT[] NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    CONSTRAINT pk_api_keys PRIMARY KEY (id),
    CONSTRAINT ck_api_keys_clinic_or_admin CHECK (clinic_id IS NOT NULL OR 'admin' = ANY (scopes)),
    CONSTRAINT ck_api_keys_secret_is_a_digest CHECK (octet_length(secret_sha256) = 32),
    CONSTRAINT fk_api_keys_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id),
    CONSTRAINT uq_api_keys_secret_sha256 UNIQUE (secret_sha256)
);

CREATE INDEX ix_api_keys_clinic_id ON api_keys (clinic_id);

CREATE TABLE events (
    id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    run_id TEXT,
    created_at timestamptz DEFAULT now() NOT NULL,
    data JSONB NOT NULL,
    CONSTRAINT pk_events PRIMARY KEY (id),
    CONSTRAINT uq_events_case_id_version UNIQUE (case_id, version),
    CONSTRAINT fk_events_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id),
    CONSTRAINT fk_events_case_id_cases FOREIGN KEY (case_id) REFERENCES cases (id)
);

CREATE TABLE idempotency_records (
    clinic_id TEXT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    case_id TEXT NOT NULL,
    status INTEGER NOT NULL,
    response JSONB NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_idempotency_records PRIMARY KEY (clinic_id, route, key),
    CONSTRAINT fk_idempotency_records_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id),
    CONSTRAINT fk_idempotency_records_case_id_cases FOREIGN KEY (case_id) REFERENCES cases (id)
);

CREATE INDEX ix_idempotency_records_expires_at ON idempotency_records (expires_at);

CREATE INDEX ix_idempotency_records_case_id ON idempotency_records (case_id);

CREATE TABLE runs (
    id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    model_version_id TEXT NOT NULL,
    rerun_id TEXT,
    queue TEXT NOT NULL,
    priority INTEGER DEFAULT 0 NOT NULL,
    state TEXT NOT NULL,
    fence BIGINT DEFAULT 0 NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    max_attempts INTEGER DEFAULT 5 NOT NULL,
    lapsed BOOLEAN DEFAULT false NOT NULL,
    worker TEXT,
    lease_until timestamptz,
    next_attempt_at timestamptz DEFAULT now() NOT NULL,
    enqueued_at timestamptz DEFAULT now() NOT NULL,
    rung_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    deadline_at timestamptz,
    cancel_requested_at timestamptz,
    error_code TEXT,
    CONSTRAINT pk_runs PRIMARY KEY (id),
    CONSTRAINT ck_runs_state_known
        CHECK (state IN ('queued', 'running', 'succeeded', 'rejected', 'failed', 'timed_out', 'canceled', 'expired')),
    CONSTRAINT ck_runs_queue_known CHECK (queue IN ('live', 'bulk')),
    CONSTRAINT ck_runs_fence_not_negative CHECK (fence >= 0),
    CONSTRAINT ck_runs_attempts_capped CHECK (attempts BETWEEN 0 AND max_attempts),
    CONSTRAINT ck_runs_lease_while_running CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT uq_runs_id_case_id UNIQUE (id, case_id),
    CONSTRAINT fk_runs_case_id_cases FOREIGN KEY (case_id) REFERENCES cases (id),
    CONSTRAINT fk_runs_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id),
    CONSTRAINT fk_runs_model_version_id_model_versions FOREIGN KEY (model_version_id) REFERENCES model_versions (id)
);

CREATE INDEX ix_runs_case_id_id ON runs (case_id, id);

CREATE UNIQUE INDEX uq_runs_one_active ON runs (case_id, model_version_id) WHERE state IN ('queued', 'running');

CREATE INDEX ix_runs_due ON runs (queue, priority, enqueued_at, id) WHERE state = 'queued';

CREATE INDEX ix_runs_leases ON runs (lease_until) WHERE state = 'running';

CREATE TABLE artifacts (
    run_id TEXT NOT NULL,
    name TEXT NOT NULL,
    case_id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    key TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    CONSTRAINT pk_artifacts PRIMARY KEY (run_id, name),
    CONSTRAINT ck_artifacts_name_known CHECK (name IN ('map', 'geometry', 'layer', 'overlay')),
    CONSTRAINT fk_artifacts_run_id_runs FOREIGN KEY (run_id) REFERENCES runs (id),
    CONSTRAINT fk_artifacts_case_id_cases FOREIGN KEY (case_id) REFERENCES cases (id),
    CONSTRAINT fk_artifacts_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id),
    CONSTRAINT uq_artifacts_key UNIQUE (key)
);

CREATE INDEX ix_artifacts_case_id ON artifacts (case_id);

CREATE TABLE results (
    run_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    decision TEXT,
    label TEXT,
    probabilities JSONB,
    logits DOUBLE PRECISION[],
    malignancy DOUBLE PRECISION,
    thresholds JSONB,
    reasons JSONB NOT NULL,
    quality JSONB NOT NULL,
    out_of_distribution JSONB,
    explanation JSONB,
    model JSONB NOT NULL,
    notice TEXT NOT NULL,
    provenance JSONB NOT NULL,
    CONSTRAINT pk_results PRIMARY KEY (run_id),
    CONSTRAINT ck_results_answer_whole_or_refused
        CHECK (num_nulls(decision, label, probabilities, logits, malignancy, thresholds) IN (0, 6)),
    CONSTRAINT fk_results_run_id_runs FOREIGN KEY (run_id) REFERENCES runs (id),
    CONSTRAINT fk_results_case_id_cases FOREIGN KEY (case_id) REFERENCES cases (id),
    CONSTRAINT fk_results_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id)
);

CREATE INDEX ix_results_case_id ON results (case_id);

ALTER TABLE cases ADD CONSTRAINT fk_cases_first_run_id_runs
        FOREIGN KEY (first_run_id, id) REFERENCES runs (id, case_id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE cases ADD CONSTRAINT fk_cases_published_run_id_runs
        FOREIGN KEY (published_run_id, id) REFERENCES runs (id, case_id);
"""


def upgrade() -> None:
    op.execute(ROLES)
    op.execute(TABLES)


def downgrade() -> None:
    """Drop the tables. The roles stay: other databases of the server may use them."""
    op.execute("ALTER TABLE cases DROP CONSTRAINT fk_cases_first_run_id_runs")
    op.execute("ALTER TABLE cases DROP CONSTRAINT fk_cases_published_run_id_runs")
    for table in (
        "results",
        "artifacts",
        "idempotency_records",
        "events",
        "runs",
        "cases",
        "model_versions",
        "api_keys",
        "clinics",
    ):
        op.execute(f"DROP TABLE {table}")
