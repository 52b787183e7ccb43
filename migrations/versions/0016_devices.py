"""Devices of patients: codes to enrol them, tokens by which they call, and the subject that each is confined to.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Of a code and of a token its digest alone. `number` counts the pairs of tokens that a device was given, one after the
# other; those that are over are kept until they would have expired, so that one that comes again is known for it.
TABLES = """
CREATE TABLE enrolments (
    id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    subject_ref TEXT NOT NULL,
    code_digest BYTEA NOT NULL,
    made_by TEXT NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT pk_enrolments PRIMARY KEY (id),
    CONSTRAINT uq_enrolments_code_digest UNIQUE (code_digest),
    CONSTRAINT ck_enrolments_code_is_a_digest CHECK (octet_length(code_digest) = 32),
    CONSTRAINT ck_enrolments_of_a_subject CHECK (subject_ref <> ''),
    CONSTRAINT fk_enrolments_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id),
    CONSTRAINT fk_enrolments_made_by_api_keys FOREIGN KEY (made_by) REFERENCES api_keys (id)
);
CREATE INDEX ix_enrolments_clinic_id ON enrolments (clinic_id);
CREATE INDEX ix_enrolments_expires_at ON enrolments (expires_at);

CREATE TABLE devices (
    id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    subject_ref TEXT NOT NULL,
    name TEXT,
    enrolled_by TEXT NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    last_used_at timestamptz,
    number INTEGER DEFAULT 0 NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_because TEXT,
    CONSTRAINT pk_devices PRIMARY KEY (id),
    CONSTRAINT ck_devices_of_a_subject CHECK (subject_ref <> ''),
    CONSTRAINT ck_devices_revoked_because_known CHECK (revoked_because IN ('clinic', 'logout', 'reuse')),
    CONSTRAINT ck_devices_revoked_for_a_reason CHECK ((revoked_at IS NULL) = (revoked_because IS NULL)),
    CONSTRAINT fk_devices_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id),
    CONSTRAINT fk_devices_enrolled_by_api_keys FOREIGN KEY (enrolled_by) REFERENCES api_keys (id)
);
CREATE INDEX ix_devices_clinic_id_id ON devices (clinic_id, id);
CREATE INDEX ix_devices_by_subject_ref ON devices (clinic_id, subject_ref, id);
CREATE INDEX ix_devices_expires_at ON devices (expires_at);

CREATE TABLE device_tokens (
    digest BYTEA NOT NULL,
    clinic_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT pk_device_tokens PRIMARY KEY (digest),
    CONSTRAINT uq_device_tokens_device_id_number_kind UNIQUE (device_id, number, kind),
    CONSTRAINT ck_device_tokens_is_a_digest CHECK (octet_length(digest) = 32),
    CONSTRAINT ck_device_tokens_kind_known CHECK (kind IN ('access', 'refresh')),
    CONSTRAINT fk_device_tokens_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id),
    CONSTRAINT fk_device_tokens_device_id_devices FOREIGN KEY (device_id) REFERENCES devices (id) ON DELETE CASCADE
);
CREATE INDEX ix_device_tokens_expires_at ON device_tokens (expires_at);

CREATE TABLE enrolment_failures (
    minute timestamptz NOT NULL,
    count INTEGER NOT NULL,
    CONSTRAINT pk_enrolment_failures PRIMARY KEY (minute)
);

-- Whose form it is: a clinic's own where it is null.
ALTER TABLE uploads ADD COLUMN device_id TEXT;

-- By a key or by a device; devices are forgotten after a while, the record of an erasure never is.
ALTER TABLE erasures DROP CONSTRAINT fk_erasures_requested_by_api_keys;
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON enrolments, devices, device_tokens, enrolment_failures TO lesionlens_gateway;
GRANT SELECT, DELETE ON enrolments, devices, device_tokens, enrolment_failures TO lesionlens_worker;
GRANT SELECT (id, clinic_id, subject_ref, made_by, created_at, expires_at, used_at) ON enrolments TO lesionlens_auditor;
GRANT SELECT ON devices TO lesionlens_auditor;
"""

# Who presents a code or a token is shown what it stands for, and that alone: nobody knows yet of which clinic it is.
PRESENTED = "decode(current_setting('app.presented', true), 'hex')"
SHOWN = {
    "enrolments": f"code_digest = {PRESENTED}",
    "device_tokens": f"digest = {PRESENTED}",
    "devices": f"id = (SELECT t.device_id FROM device_tokens t WHERE t.digest = {PRESENTED})",
}
TENANT_TABLES = ("enrolments", "devices", "device_tokens")

# Whether the transaction may see the case. Hidden in a function, so that queries of callers who are confined to no
# subject are planned without it; with a part of the query in its place Postgres would reckon a look for each row.
OF_SUBJECT = """
CREATE FUNCTION case_is_seen(wanted text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1 SET search_path = pg_catalog, public AS $$
BEGIN
  RETURN EXISTS (SELECT FROM cases WHERE id = wanted);
END $$;
REVOKE ALL ON FUNCTION case_is_seen(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION case_is_seen(text) TO lesionlens_gateway;
"""

UNCONFINED = "coalesce(current_setting('app.subject', true), '') = ''"
OF_DEVICE = "current_setting('app.device', true)"
# What a transaction that is confined to a subject sees of each table; of the others nothing.
CONFINED = {
    "cases": "subject_ref = current_setting('app.subject', true)",
    "runs": "case_is_seen(case_id)",
    "results": "case_is_seen(case_id)",
    "artifacts": "case_is_seen(case_id)",
    "events": "case_is_seen(case_id)",
    "idempotency_records": "case_is_seen(case_id)",
    "uploads": f"device_id = {OF_DEVICE}",
    "devices": f"id = {OF_DEVICE}",
    "device_tokens": f"device_id = {OF_DEVICE}",
    "enrolments": "false",
    "erasures": "false",
    "webhook_endpoints": "false",
    "webhook_secrets": "false",
    "deliveries": "false",
    "delivery_attempts": "false",
    "reruns": "false",
    "rerun_items": "false",
}

# A photo of a device makes news for the clinic's receivers, of which the device may see nothing.
DELIVER = """
GRANT CREATE ON SCHEMA public TO lesionlens_worker;
ALTER FUNCTION events_deliver() SECURITY DEFINER SET search_path = pg_catalog, public;
ALTER FUNCTION events_deliver() OWNER TO lesionlens_worker;
REVOKE CREATE ON SCHEMA public FROM lesionlens_worker;
"""
DELIVER_BEFORE = """
ALTER FUNCTION events_deliver() OWNER TO CURRENT_USER;
ALTER FUNCTION events_deliver() SECURITY INVOKER RESET search_path;
"""


def _confine(table: str, condition: str) -> None:
    # Written with <>, of which Postgres believes that it leaves nearly all rows, as it does for who is not confined.
    # An OR of two equalities it takes to leave one row in two hundred, and plans a page of the history otherwise.
    seen = f"CASE WHEN {UNCONFINED} THEN 1 WHEN {condition} THEN 1 ELSE 0 END <> 0"
    op.execute(
        f"CREATE POLICY own_subject ON {table} AS RESTRICTIVE TO lesionlens_gateway USING ({seen}) WITH CHECK ({seen})"
    )


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
        op.execute(
            f"CREATE POLICY presented ON {table} TO lesionlens_gateway"
            f" USING ({SHOWN[table]}) WITH CHECK ({SHOWN[table]})"
        )
        op.execute(f"CREATE POLICY every_clinic ON {table} TO lesionlens_worker USING (true) WITH CHECK (true)")
        op.execute(f"CREATE POLICY read_all ON {table} FOR SELECT TO lesionlens_auditor USING (true)")
    op.execute(OF_SUBJECT)
    for table, condition in CONFINED.items():
        _confine(table, condition)
    op.execute(DELIVER)


# Who asked for these is a device, and the release before knows keys only.
REFUSE = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM erasures e WHERE NOT EXISTS (SELECT FROM api_keys k WHERE k.id = e.requested_by)) THEN
    RAISE EXCEPTION 'cases were erased by devices: the release before cannot say by whom';
  END IF;
END $$;
"""


def downgrade() -> None:
    """Every device is signed out for good. Raises where one erased a case."""
    op.execute("ALTER TABLE erasures NO FORCE ROW LEVEL SECURITY")  # the owner sees no tenant's row otherwise
    op.execute(REFUSE)
    op.execute("ALTER TABLE erasures FORCE ROW LEVEL SECURITY")
    op.execute(DELIVER_BEFORE)
    for table in CONFINED:
        op.execute(f"DROP POLICY own_subject ON {table}")
    op.execute("DROP FUNCTION case_is_seen(text)")
    op.execute(
        "ALTER TABLE erasures ADD CONSTRAINT fk_erasures_requested_by_api_keys"
        " FOREIGN KEY (requested_by) REFERENCES api_keys (id)"
    )
    op.execute("ALTER TABLE uploads DROP COLUMN device_id")
    op.execute("DROP POLICY presented ON devices")
    for table in ("device_tokens", "devices", "enrolments", "enrolment_failures"):
        op.execute(f"DROP TABLE {table}")
