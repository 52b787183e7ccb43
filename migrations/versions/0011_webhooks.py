"""Webhooks: endpoints, their secrets, and deliveries, which Postgres makes with the event that they carry (I6).

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE webhook_endpoints (
    id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    url TEXT NOT NULL,
    description TEXT,
    event_types TEXT[],
    payload TEXT NOT NULL,
    disabled_reason TEXT,
    disabled_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    deleted_at timestamptz,
    failing_since timestamptz,
    last_failure_at timestamptz,
    last_success_at timestamptz,
    timed_out BOOLEAN DEFAULT false NOT NULL,
    paused_until timestamptz,
    CONSTRAINT pk_webhook_endpoints PRIMARY KEY (id),
    CONSTRAINT ck_webhook_endpoints_payload_known CHECK (payload IN ('thin', 'full')),
    CONSTRAINT ck_webhook_endpoints_disabled_reason_known CHECK (disabled_reason IN ('caller', 'gone', 'failing')),
    CONSTRAINT ck_webhook_endpoints_disabled_whole CHECK ((disabled_reason IS NULL) = (disabled_at IS NULL)),
    CONSTRAINT ck_webhook_endpoints_deleted_is_disabled CHECK (deleted_at IS NULL OR disabled_at IS NOT NULL),
    CONSTRAINT fk_webhook_endpoints_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id)
);

CREATE INDEX ix_webhook_endpoints_clinic_id_id ON webhook_endpoints (clinic_id, id) WHERE deleted_at IS NULL;

CREATE TABLE webhook_secrets (
    id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    ciphertext TEXT NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz,
    CONSTRAINT pk_webhook_secrets PRIMARY KEY (id),
    CONSTRAINT fk_webhook_secrets_endpoint_id_webhook_endpoints
        FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints (id),
    CONSTRAINT fk_webhook_secrets_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id)
);

CREATE UNIQUE INDEX uq_webhook_secrets_current ON webhook_secrets (endpoint_id) WHERE expires_at IS NULL;

CREATE INDEX ix_webhook_secrets_endpoint_id ON webhook_secrets (endpoint_id);

CREATE TABLE deliveries (
    id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    schedule_start INTEGER DEFAULT 0 NOT NULL,
    next_attempt_at timestamptz DEFAULT now() NOT NULL,
    fence BIGINT DEFAULT 0 NOT NULL,
    worker TEXT,
    lease_until timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    finished_at timestamptz,
    CONSTRAINT pk_deliveries PRIMARY KEY (id),
    CONSTRAINT ck_deliveries_state_known CHECK (state IN ('pending', 'sending', 'delivered', 'failed')),
    CONSTRAINT ck_deliveries_schedule_within_attempts CHECK (attempts >= schedule_start AND schedule_start >= 0),
    CONSTRAINT ck_deliveries_lease_while_sending CHECK ((state = 'sending') = (lease_until IS NOT NULL)),
    CONSTRAINT ck_deliveries_finished_when_ended
        CHECK ((state IN ('delivered', 'failed')) = (finished_at IS NOT NULL)),
    CONSTRAINT uq_deliveries_endpoint_id_event_id UNIQUE (endpoint_id, event_id),
    CONSTRAINT fk_deliveries_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id),
    CONSTRAINT fk_deliveries_endpoint_id_webhook_endpoints
        FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints (id),
    CONSTRAINT fk_deliveries_event_id_events FOREIGN KEY (event_id) REFERENCES events (id)
);

CREATE INDEX ix_deliveries_due ON deliveries (endpoint_id, next_attempt_at, id) WHERE state = 'pending';

CREATE INDEX ix_deliveries_sending ON deliveries (lease_until) WHERE state = 'sending';

CREATE INDEX ix_deliveries_endpoint_id_id ON deliveries (endpoint_id, id);

CREATE INDEX ix_deliveries_event_id ON deliveries (event_id);

CREATE INDEX ix_deliveries_created_at ON deliveries (created_at);

CREATE TABLE delivery_attempts (
    delivery_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    clinic_id TEXT NOT NULL,
    started_at timestamptz DEFAULT now() NOT NULL,
    outcome TEXT,
    status INTEGER,
    latency_ms INTEGER,
    response TEXT,
    CONSTRAINT pk_delivery_attempts PRIMARY KEY (delivery_id, number),
    CONSTRAINT ck_delivery_attempts_outcome_known CHECK (outcome IN
        ('delivered', 'refused', 'timed_out', 'unreachable', 'malformed', 'address_refused', 'not_sent', 'lost')),
    CONSTRAINT fk_delivery_attempts_delivery_id_deliveries
        FOREIGN KEY (delivery_id) REFERENCES deliveries (id) ON DELETE CASCADE,
    CONSTRAINT fk_delivery_attempts_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id)
);

CREATE INDEX ix_events_clinic_id_created_at ON events (clinic_id, created_at);
"""

# Some events are of an endpoint and not of a case.
EVENTS = """
ALTER TABLE events ALTER COLUMN case_id DROP NOT NULL, ALTER COLUMN version DROP NOT NULL;
ALTER TABLE events ADD CONSTRAINT ck_events_of_a_case_or_not CHECK (num_nulls(case_id, version) IN (0, 2));

CREATE OR REPLACE FUNCTION events_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.case_id IS NOT NULL
     AND NOT EXISTS (SELECT FROM cases WHERE id = NEW.case_id AND version >= NEW.version) THEN
    RAISE EXCEPTION 'event % tells of a version that case % never had', NEW.id, NEW.case_id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
"""

# Whoever writes an event writes its deliveries, without a word of its own: I6 cannot be forgotten. The id is the time
# in milliseconds and 56 random bits, in hexadecimal digits, which are digits of our ids too; so it sorts by time.
DELIVER = """
CREATE FUNCTION delivery_id() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT 'dlv_' || lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
         || right(replace(gen_random_uuid()::text, '-', ''), 14)
$$;

CREATE FUNCTION webhook_wants(event_types text[], type text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN event_types IS NULL THEN type NOT IN ('case.accepted', 'case.processing', 'endpoint.test')
         ELSE type = ANY (event_types) END
$$;

CREATE FUNCTION events_deliver() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deliveries (id, clinic_id, endpoint_id, event_id, state)
  SELECT delivery_id(), NEW.clinic_id, e.id, NEW.id, 'pending' FROM webhook_endpoints e
  WHERE e.clinic_id = NEW.clinic_id AND e.deleted_at IS NULL
    AND CASE WHEN NEW.type = 'endpoint.test' THEN e.id = NEW.data ->> 'endpoint_id'
        ELSE e.disabled_at IS NULL AND webhook_wants(e.event_types, NEW.type) END;
  RETURN NULL;
END $$;
CREATE TRIGGER events_deliver AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_deliver();
"""

# The gateway writes secrets and never reads one back: it may see everything of the row but the secret.
GRANTS = """
GRANT SELECT, INSERT, UPDATE ON webhook_endpoints TO lesionlens_gateway;
GRANT INSERT, DELETE, SELECT (id, endpoint_id, clinic_id, created_at, expires_at), UPDATE (expires_at)
    ON webhook_secrets TO lesionlens_gateway;
GRANT SELECT, INSERT, UPDATE ON deliveries TO lesionlens_gateway;
GRANT SELECT ON delivery_attempts TO lesionlens_gateway;

GRANT SELECT, UPDATE ON webhook_endpoints TO lesionlens_worker;
GRANT SELECT, UPDATE, DELETE ON webhook_secrets TO lesionlens_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries TO lesionlens_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_attempts TO lesionlens_worker;

GRANT SELECT ON webhook_endpoints, deliveries, delivery_attempts TO lesionlens_auditor;
"""

TENANT_TABLES = ("webhook_endpoints", "webhook_secrets", "deliveries", "delivery_attempts")

# How many are due, and since when, of all clinics together: for health and metrics, as the queue's counts are.
DUE = """
CREATE FUNCTION deliveries_due() RETURNS TABLE (due bigint, oldest timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT count(*), min(d.next_attempt_at) FROM deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
  WHERE d.state = 'pending' AND d.next_attempt_at <= now() AND e.disabled_at IS NULL
$$;
GRANT CREATE ON SCHEMA public TO lesionlens_worker;
ALTER FUNCTION deliveries_due() OWNER TO lesionlens_worker;
REVOKE CREATE ON SCHEMA public FROM lesionlens_worker;
REVOKE ALL ON FUNCTION deliveries_due() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION deliveries_due() TO lesionlens_gateway, lesionlens_worker, lesionlens_auditor;
"""


def upgrade() -> None:
    for part in (TABLES, EVENTS, DELIVER, GRANTS):
        op.execute(part)
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
    op.execute(DUE)


def downgrade() -> None:
    """Events of endpoints go: the release before knows events of cases only."""
    op.execute("DROP FUNCTION deliveries_due()")
    op.execute("DROP TRIGGER events_deliver ON events")
    for function in ("events_deliver()", "webhook_wants(text[], text)", "delivery_id()"):
        op.execute(f"DROP FUNCTION {function}")
    for table in ("delivery_attempts", "deliveries", "webhook_secrets", "webhook_endpoints"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP INDEX ix_events_clinic_id_created_at")
    op.execute("ALTER TABLE events NO FORCE ROW LEVEL SECURITY")  # the owner sees no tenant's row otherwise
    op.execute("DELETE FROM events WHERE case_id IS NULL")
    op.execute("ALTER TABLE events FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE events DROP CONSTRAINT ck_events_of_a_case_or_not")
    op.execute("ALTER TABLE events ALTER COLUMN case_id SET NOT NULL, ALTER COLUMN version SET NOT NULL")
