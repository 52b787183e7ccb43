"""Consent, how long a clinic keeps its cases, and erasure of all that is stored of one person.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CLINICS = """
ALTER TABLE clinics
    ADD COLUMN consent_required BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN consent_text_version TEXT,
    ADD COLUMN retention_days INTEGER,
    ADD CONSTRAINT ck_clinics_consent_to_a_text CHECK (NOT consent_required OR consent_text_version IS NOT NULL),
    ADD CONSTRAINT ck_clinics_retention_days_positive CHECK (retention_days >= 1);
"""

# `recorded_by` and `requested_by` name a key or a device: no foreign key, as they are in no one table.
CONSENTS = """
CREATE TABLE consents (
    id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    subject_ref TEXT,
    case_id TEXT,
    purpose TEXT NOT NULL,
    text_version TEXT NOT NULL,
    given_at timestamptz DEFAULT now() NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by TEXT NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT pk_consents PRIMARY KEY (id),
    CONSTRAINT ck_consents_purpose_known CHECK (purpose IN ('screening')),
    CONSTRAINT ck_consents_of_a_subject_or_a_case CHECK (num_nonnulls(subject_ref, case_id) = 1),
    CONSTRAINT fk_consents_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id),
    CONSTRAINT fk_consents_case_id_cases FOREIGN KEY (case_id) REFERENCES cases (id)
);

CREATE INDEX ix_consents_of_subject ON consents (clinic_id, subject_ref, purpose, recorded_at)
    WHERE subject_ref IS NOT NULL;

CREATE UNIQUE INDEX uq_consents_standing ON consents (clinic_id, subject_ref, purpose, text_version)
    WHERE subject_ref IS NOT NULL AND withdrawn_at IS NULL;

CREATE INDEX ix_consents_withdrawn ON consents (clinic_id, subject_ref, purpose)
    WHERE subject_ref IS NOT NULL AND withdrawn_at IS NOT NULL;

CREATE INDEX ix_consents_case_id ON consents (case_id) WHERE case_id IS NOT NULL;

CREATE FUNCTION consents_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.clinic_id, NEW.subject_ref, NEW.case_id, NEW.purpose, NEW.text_version, NEW.given_at,
      NEW.recorded_at, NEW.recorded_by)
     IS DISTINCT FROM (OLD.id, OLD.clinic_id, OLD.subject_ref, OLD.case_id, OLD.purpose, OLD.text_version,
      OLD.given_at, OLD.recorded_at, OLD.recorded_by)
     OR OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at THEN
    RAISE EXCEPTION 'what a consent says is written once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consents_guard BEFORE UPDATE ON consents FOR EACH ROW EXECUTE FUNCTION consents_guard();
"""

SUBJECTS = """
CREATE TABLE subject_erasures (
    id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    subject_ref TEXT,
    requested_at timestamptz DEFAULT now() NOT NULL,
    requested_by TEXT NOT NULL,
    cases INTEGER NOT NULL,
    consents INTEGER NOT NULL,
    finished_at timestamptz,
    CONSTRAINT pk_subject_erasures PRIMARY KEY (id),
    CONSTRAINT ck_subject_erasures_blank_once_finished CHECK ((finished_at IS NULL) = (subject_ref IS NOT NULL)),
    CONSTRAINT ck_subject_erasures_counts_not_negative CHECK (cases >= 0 AND consents >= 0),
    CONSTRAINT fk_subject_erasures_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id)
);

CREATE UNIQUE INDEX uq_subject_erasures_open ON subject_erasures (clinic_id, subject_ref) WHERE finished_at IS NULL;

CREATE INDEX ix_subject_erasures_clinic_id ON subject_erasures (clinic_id);
"""

ERASURES = """
ALTER TABLE erasures
    ADD COLUMN reason TEXT DEFAULT 'request' NOT NULL,
    ALTER COLUMN requested_by DROP NOT NULL,
    ADD CONSTRAINT ck_erasures_reason_known CHECK (reason IN ('request', 'subject', 'retention', 'restore')),
    ADD CONSTRAINT ck_erasures_somebody_asked
        CHECK (requested_by IS NOT NULL OR reason IN ('retention', 'restore'));
"""
# As migration 0015 made it, with the reason among what is written once.
ERASURES_GUARD = """
CREATE OR REPLACE FUNCTION erasures_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'the record of an erasure stays' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.case_id, NEW.clinic_id, NEW.requested_at, NEW.requested_by, NEW.counts/*, NEW.reason*/)
       IS DISTINCT FROM (OLD.case_id, OLD.clinic_id, OLD.requested_at, OLD.requested_by, OLD.counts/*, OLD.reason*/)
     OR (OLD.objects_removed_at IS NOT NULL AND NEW.objects_removed_at IS DISTINCT FROM OLD.objects_removed_at)
     OR OLD.proved_at IS NOT NULL OR NEW.objects_removed < OLD.objects_removed THEN
    RAISE EXCEPTION 'what the record of an erasure says is written once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
"""

# Migration 0023 makes the index for it, while everybody goes on.
RETENTION = """
-- For a metric: how many cases of all clinics are past their clock, counted to 10,000.
CREATE FUNCTION retention_overdue() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT count(*) FROM (
    SELECT FROM clinics k CROSS JOIN LATERAL (
      SELECT FROM cases c
       WHERE c.clinic_id = k.id AND c.state NOT IN ('accepted', 'processing', 'erased')
         AND c.created_at < now() - make_interval(days => k.retention_days)
       LIMIT 10000
    ) late
    WHERE k.retention_days IS NOT NULL
    LIMIT 10000
  ) counted
$$;
"""

# A campaign may have chosen the case before a withdrawal was committed. As in migration 0015 the foreign key makes the
# one that comes second wait: the withdrawal cancels the run that it finds then, or the run is refused here.
RUNS_OF_WITHDRAWN = """
CREATE FUNCTION runs_of_withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
       SELECT FROM cases c JOIN consents w ON w.clinic_id = c.clinic_id AND w.subject_ref = c.subject_ref
        WHERE c.id = NEW.case_id AND w.purpose = 'screening' AND w.withdrawn_at IS NOT NULL
          AND NOT EXISTS (SELECT FROM consents s WHERE s.clinic_id = c.clinic_id AND s.subject_ref = c.subject_ref
                             AND s.purpose = 'screening' AND s.withdrawn_at IS NULL))
     AND EXISTS (SELECT FROM runs WHERE id = NEW.id AND state IN ('queued', 'running')) THEN
    RAISE EXCEPTION 'consent to run case % again was withdrawn', NEW.case_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER runs_of_withdrawn AFTER INSERT ON runs
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.rerun_id IS NOT NULL) EXECUTE FUNCTION runs_of_withdrawn();
"""

# Maintenance erases too: what the gateway may, and what it may not, of cases that are not erased.
GRANTS = """
GRANT SELECT, INSERT, DELETE, UPDATE (withdrawn_at) ON consents TO lesionlens_gateway;
GRANT SELECT, DELETE ON consents TO lesionlens_worker;
GRANT SELECT, INSERT, UPDATE (subject_ref, finished_at) ON subject_erasures TO lesionlens_gateway;
GRANT SELECT, UPDATE (subject_ref, finished_at) ON subject_erasures TO lesionlens_worker;
GRANT SELECT ON consents, subject_erasures TO lesionlens_auditor;
GRANT DELETE ON devices, enrolments TO lesionlens_gateway;
GRANT INSERT ON erasures TO lesionlens_worker;
GRANT DELETE ON results, artifacts, events TO lesionlens_worker;
"""
OF_ERASED = "EXISTS (SELECT FROM cases c WHERE c.id = case_id AND c.state = 'erased')"
# A consent goes with its case, or while all that is stored of its subject goes.
OF_ERASED_SUBJECT = (
    f"{OF_ERASED} OR EXISTS (SELECT FROM subject_erasures e WHERE e.clinic_id = consents.clinic_id"
    " AND e.subject_ref = consents.subject_ref AND e.finished_at IS NULL)"
)
# As in migration 0016: what a transaction that is confined to a subject sees.
UNCONFINED = "coalesce(current_setting('app.subject', true), '') = ''"
CONFINED = {
    "consents": "subject_ref = current_setting('app.subject', true) OR case_is_seen(case_id)",
    "subject_erasures": "subject_ref = current_setting('app.subject', true)",
}
# The gateway deletes devices and codes while all that is stored of their subject goes, and never else.
WITH_THEIR_SUBJECT = ("devices", "enrolments")
DELETED_BY_WORKER = ("results", "artifacts", "events")
TENANT_TABLES = ("consents", "subject_erasures")


def _secure(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY own_clinic ON {table} TO lesionlens_gateway"
        " USING (clinic_id = current_setting('app.clinic', true))"
        " WITH CHECK (clinic_id = current_setting('app.clinic', true))"
    )
    op.execute(f"CREATE POLICY every_clinic ON {table} TO lesionlens_worker USING (true) WITH CHECK (true)")
    op.execute(f"CREATE POLICY read_all ON {table} FOR SELECT TO lesionlens_auditor USING (true)")


def _confine(table: str, condition: str) -> None:
    seen = f"CASE WHEN {UNCONFINED} THEN 1 WHEN {condition} THEN 1 ELSE 0 END <> 0"
    op.execute(
        f"CREATE POLICY own_subject ON {table} AS RESTRICTIVE TO lesionlens_gateway USING ({seen}) WITH CHECK ({seen})"
    )


def _delete_with_subject(table: str) -> None:
    op.execute(
        f"CREATE POLICY with_subject ON {table} AS RESTRICTIVE FOR DELETE TO lesionlens_gateway"
        f" USING (EXISTS (SELECT FROM subject_erasures e WHERE e.clinic_id = {table}.clinic_id"
        f" AND e.subject_ref = {table}.subject_ref AND e.finished_at IS NULL))"
    )


def _give_to_worker(function: str) -> None:
    # Whoever is to own something in a schema must be allowed to create there; only for this moment.
    op.execute("GRANT CREATE ON SCHEMA public TO lesionlens_worker")
    op.execute(f"ALTER FUNCTION {function} OWNER TO lesionlens_worker")
    op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO lesionlens_gateway, lesionlens_worker, lesionlens_auditor")
    op.execute("REVOKE CREATE ON SCHEMA public FROM lesionlens_worker")


def _guard_erasures(*, with_reason: bool) -> None:
    text = ERASURES_GUARD
    for name in ("/*, NEW.reason*/", "/*, OLD.reason*/"):
        text = text.replace(name, name[2:-2] if with_reason else "")
    op.execute(text)


def upgrade() -> None:
    for part in (CLINICS, CONSENTS, SUBJECTS, ERASURES, RETENTION, RUNS_OF_WITHDRAWN, GRANTS):
        op.execute(part)
    _guard_erasures(with_reason=True)
    _give_to_worker("retention_overdue()")
    for table in TENANT_TABLES:
        _secure(table)
        _confine(table, CONFINED[table])
    for table in WITH_THEIR_SUBJECT:
        _delete_with_subject(table)
    # An operator plans campaigns over every clinic's cases, and has to see whose consent was withdrawn.
    op.execute(
        "CREATE POLICY operator ON consents FOR SELECT TO lesionlens_gateway"
        " USING (current_setting('app.operator', true) = 'on')"
    )
    op.execute(
        "CREATE POLICY of_erased ON consents AS RESTRICTIVE FOR DELETE TO lesionlens_gateway, lesionlens_worker"
        f" USING ({OF_ERASED_SUBJECT})"
    )
    for table in DELETED_BY_WORKER:
        op.execute(
            f"CREATE POLICY of_erased_by_worker ON {table} AS RESTRICTIVE FOR DELETE TO lesionlens_worker"
            f" USING ({OF_ERASED})"
        )


# The release before asks nobody for consent, and reads an erasure's `requested_by` as one that is always there.
REFUSE = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM consents) OR EXISTS (SELECT FROM subject_erasures WHERE finished_at IS NULL)
     OR EXISTS (SELECT FROM erasures WHERE requested_by IS NULL) THEN
    RAISE EXCEPTION 'consents or erasures are on record that the release before cannot read';
  END IF;
END $$;
"""


def downgrade() -> None:
    """Raises where a consent is on record, a person is being erased, or a case was erased by its clinic's clock."""
    tables = (*TENANT_TABLES, "erasures")
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")  # the owner sees no tenant's row otherwise
    op.execute(REFUSE)
    op.execute("ALTER TABLE erasures FORCE ROW LEVEL SECURITY")
    for table in WITH_THEIR_SUBJECT:
        op.execute(f"DROP POLICY with_subject ON {table}")
    op.execute("REVOKE DELETE ON devices, enrolments FROM lesionlens_gateway")
    for table in DELETED_BY_WORKER:
        op.execute(f"DROP POLICY of_erased_by_worker ON {table}")
    op.execute("REVOKE DELETE ON results, artifacts, events FROM lesionlens_worker")
    op.execute("REVOKE INSERT ON erasures FROM lesionlens_worker")
    op.execute("DROP TRIGGER runs_of_withdrawn ON runs")
    op.execute("DROP FUNCTION runs_of_withdrawn()")
    op.execute("DROP FUNCTION retention_overdue()")
    _guard_erasures(with_reason=False)
    op.execute("ALTER TABLE erasures DROP COLUMN reason, ALTER COLUMN requested_by SET NOT NULL")
    op.execute("DROP TABLE consents")
    op.execute("DROP FUNCTION consents_guard()")
    op.execute("DROP TABLE subject_erasures")
    op.execute(
        "ALTER TABLE clinics DROP COLUMN consent_required, DROP COLUMN consent_text_version, DROP COLUMN retention_days"
    )
