"""Erasure of a case: the tombstone, the record of it, and who may delete what.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE erasures (
    case_id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    requested_at timestamptz DEFAULT now() NOT NULL,
    requested_by TEXT NOT NULL,
    counts JSONB NOT NULL,
    objects_removed_at timestamptz,
    objects_removed INTEGER DEFAULT 0 NOT NULL,
    proved_at timestamptz,
    CONSTRAINT pk_erasures PRIMARY KEY (case_id),
    CONSTRAINT ck_erasures_removed_before_proved CHECK (proved_at IS NULL OR objects_removed_at IS NOT NULL),
    CONSTRAINT ck_erasures_objects_removed_not_negative CHECK (objects_removed >= 0),
    CONSTRAINT fk_erasures_case_id_cases FOREIGN KEY (case_id) REFERENCES cases (id),
    CONSTRAINT fk_erasures_clinic_id_clinics FOREIGN KEY (clinic_id) REFERENCES clinics (id),
    CONSTRAINT fk_erasures_requested_by_api_keys FOREIGN KEY (requested_by) REFERENCES api_keys (id)
);

CREATE INDEX ix_erasures_clinic_id ON erasures (clinic_id);

CREATE INDEX ix_erasures_open ON erasures (case_id) WHERE proved_at IS NULL;

GRANT SELECT, INSERT ON erasures TO lesionlens_gateway;
GRANT SELECT, UPDATE (objects_removed_at, objects_removed, proved_at) ON erasures TO lesionlens_worker;
GRANT SELECT ON erasures TO lesionlens_auditor;

ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasures FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON erasures TO lesionlens_gateway
    USING (clinic_id = current_setting('app.clinic', true))
    WITH CHECK (clinic_id = current_setting('app.clinic', true));
CREATE POLICY every_clinic ON erasures TO lesionlens_worker USING (true) WITH CHECK (true);
CREATE POLICY read_all ON erasures FOR SELECT TO lesionlens_auditor USING (true);

CREATE FUNCTION erasures_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'the record of an erasure stays' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.case_id, NEW.clinic_id, NEW.requested_at, NEW.requested_by, NEW.counts)
       IS DISTINCT FROM (OLD.case_id, OLD.clinic_id, OLD.requested_at, OLD.requested_by, OLD.counts)
     OR (OLD.objects_removed_at IS NOT NULL AND NEW.objects_removed_at IS DISTINCT FROM OLD.objects_removed_at)
     OR OLD.proved_at IS NOT NULL OR NEW.objects_removed < OLD.objects_removed THEN
    RAISE EXCEPTION 'what the record of an erasure says is written once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER erasures_guard BEFORE UPDATE OR DELETE ON erasures
  FOR EACH ROW EXECUTE FUNCTION erasures_guard();
"""

# They hold for what is written from now on; migration 0023 looks at what is there, while everybody goes on.
CASES = """
ALTER TABLE cases DROP CONSTRAINT ck_cases_state_known, ADD CONSTRAINT ck_cases_state_known CHECK (state IN
    ('accepted', 'processing', 'completed', 'rejected', 'failed', 'canceled', 'expired', 'erased')) NOT VALID,
  ADD CONSTRAINT ck_cases_erased_is_blank CHECK (state <> 'erased' OR (
    num_nonnulls(client_ref, subject_ref, lesion_ref, body_site, age, sex, captured_at, deadline_at, incoming_key,
        image_key, image_sha256, image_media_type, image_width, image_height, published_run_id, error_code) = 0
    AND source_sha256 = '' AND source_bytes = 0 AND source_media_type = '' AND modality = 'unknown'
    AND NOT measure_faithfulness)) NOT VALID;
"""

# The gateway may delete rows of a case that is erased, and only of such: what a case was told stays otherwise.
DELETES = """
GRANT DELETE ON results, artifacts, events, deliveries, idempotency_records TO lesionlens_gateway;
"""
OF_ERASED = "EXISTS (SELECT FROM cases c WHERE c.id = case_id AND c.state = 'erased')"
DELETED_WITH_CASE = {
    "results": OF_ERASED,
    "artifacts": OF_ERASED,
    "events": OF_ERASED,
    "idempotency_records": OF_ERASED,
    "deliveries": "EXISTS (SELECT FROM events v JOIN cases c ON c.id = v.case_id"
    " WHERE v.id = event_id AND c.state = 'erased')",
}

# As migration 0002 made it, and what ERASED adds: a run that has ended takes one more fence and loses its code.
RUNS_GUARD = """
CREATE OR REPLACE FUNCTION runs_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  exits CONSTANT jsonb := '{
    "queued": ["running", "canceled", "expired"],
    "running": ["queued", "succeeded", "rejected", "failed", "timed_out", "canceled"]
  }';
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'queued' OR NEW.fence <> 0 OR NEW.attempts <> 0 THEN
      RAISE EXCEPTION 'a run starts queued, with fence and attempts 0' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.case_id, NEW.clinic_id, NEW.model_version_id)
     IS DISTINCT FROM (OLD.id, OLD.case_id, OLD.clinic_id, OLD.model_version_id) THEN
    RAISE EXCEPTION 'a run keeps its id, case, clinic and model' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT exits ? OLD.state THEN
    IF (NEW.state, NEW.fence, NEW.attempts, NEW.error_code, NEW.finished_at)
       IS DISTINCT FROM (OLD.state, OLD.fence, OLD.attempts, OLD.error_code, OLD.finished_at)
       -- ERASED
    THEN
      RAISE EXCEPTION 'run % is terminal (%)', OLD.id, OLD.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.state <> OLD.state AND NOT (exits -> OLD.state) ? NEW.state THEN
    RAISE EXCEPTION 'run % may not go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.fence < OLD.fence THEN
    RAISE EXCEPTION 'the fence of run % only grows', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.state = 'queued' AND NEW.state = 'running' THEN
    IF NEW.fence <= OLD.fence OR NEW.attempts <> OLD.attempts + 1 THEN
      RAISE EXCEPTION 'a claim takes a new fence and counts one attempt' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NEW.attempts > OLD.attempts OR NEW.attempts < OLD.attempts - 1
        OR (NEW.attempts < OLD.attempts AND NOT (OLD.state = 'running' AND NEW.state = 'queued')) THEN
    RAISE EXCEPTION 'attempts of run % change in the claim, or by one refund', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
"""
FENCED_OFF = """AND NOT (
         (NEW.state, NEW.fence, NEW.attempts, NEW.finished_at)
           IS NOT DISTINCT FROM (OLD.state, OLD.fence + 1, OLD.attempts, OLD.finished_at)
         AND NEW.error_code IS NULL
         AND EXISTS (SELECT FROM cases WHERE id = OLD.case_id AND state = 'erased'))"""

# A campaign may have chosen the case before its erasure was committed. The foreign key makes the one that comes second
# wait for the other, as an erasure locks the case for update: it cancels the run that it finds then, or the run is
# refused here.
RUNS_OF_ERASED = """
CREATE FUNCTION runs_of_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM cases WHERE id = NEW.case_id AND state = 'erased')
     AND EXISTS (SELECT FROM runs WHERE id = NEW.id AND state IN ('queued', 'running')) THEN
    RAISE EXCEPTION 'case % is erased', NEW.case_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER runs_of_erased AFTER INSERT ON runs
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.rerun_id IS NOT NULL) EXECUTE FUNCTION runs_of_erased();
"""

CASES_GUARD = """
CREATE OR REPLACE FUNCTION cases_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  exits CONSTANT jsonb := '{
    -- EXITS
  }';
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'accepted' OR NEW.version <> 1 OR NEW.published_run_id IS NOT NULL THEN
      RAISE EXCEPTION 'a case starts accepted, at version 1, with nothing published' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.clinic_id, NEW.first_run_id, NEW.created_at)
     IS DISTINCT FROM (OLD.id, OLD.clinic_id, OLD.first_run_id, OLD.created_at) THEN
    RAISE EXCEPTION 'a case keeps its id, clinic and first run' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.state, NEW.published_run_id) IS DISTINCT FROM (OLD.state, OLD.published_run_id) THEN
    IF NEW.version <> OLD.version + 1 THEN
      RAISE EXCEPTION 'a visible change of case % takes the next version', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    NEW.updated_at := now();
  ELSIF NEW.version NOT IN (OLD.version, OLD.version + 1) THEN
    RAISE EXCEPTION 'the version of case % grows by one', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state <> OLD.state THEN
    IF NOT (exits -> OLD.state) ? NEW.state THEN
      RAISE EXCEPTION 'case % may not go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state NOT IN ('accepted', 'processing') AND NEW.state <> 'erased'
       AND NEW.published_run_id IS NOT DISTINCT FROM OLD.published_run_id THEN
      RAISE EXCEPTION 'case % has ended: only a promotion or its roll back changes it', OLD.id
        USING ERRCODE = 'check_violation';
    END IF;
  ELSIF OLD.state = 'erased' AND NEW IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'case % is erased', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
"""
EXITS = """
    "accepted": ["processing", "canceled", "expired", "erased"],
    "processing": ["completed", "rejected", "failed", "canceled", "expired", "erased"],
    "completed": ["rejected", "failed", "expired", "erased"],
    "rejected": ["completed", "failed", "expired", "erased"],
    "failed": ["completed", "rejected", "erased"],
    "expired": ["completed", "rejected", "erased"],
    "canceled": ["erased"],
    "erased": []
"""
EXITS_BEFORE = EXITS.replace(', "erased"', "").replace('["erased"]', "[]").replace(',\n    "erased": []', "")

# I9: the event that counted the case among the accepted is gone; the record of its erasure stands for it.
BALANCE = """
CREATE OR REPLACE VIEW case_balance WITH (security_invoker = true) AS
SELECT c.clinic_id,
       (SELECT count(*) FROM events e WHERE e.clinic_id = c.clinic_id AND e.type = 'case.accepted')
         -- ERASED
         AS accepted,
       count(*) FILTER (WHERE c.state IN ('accepted', 'processing')) AS open,
       count(*) FILTER (WHERE c.state NOT IN ('accepted', 'processing')) AS terminal
FROM cases c
GROUP BY c.clinic_id;
"""
ERASED_COUNT = "+ (SELECT count(*) FROM erasures x WHERE x.clinic_id = c.clinic_id)"

# As migration 0014 has it, but that of an erased case one event is left, and of its runs no result.
CASES_AND_RUNS = """
  SELECT 'I1', c.id, format('case %s, first run %s', c.state, r.state)
    FROM cases c JOIN runs r ON r.id = c.first_run_id
   WHERE (c.state IN ('accepted', 'processing')) <> (r.state IN ('queued', 'running'))
  UNION ALL
  SELECT 'I2', r.case_id, format('%s active runs of one model', count(*))
    FROM runs r WHERE r.state IN ('queued', 'running')
   GROUP BY r.case_id, r.model_version_id HAVING count(*) > 1
  UNION ALL
  SELECT 'I4', r.case_id, format('%s attempts under fence %s', r.attempts, r.fence)
    FROM runs r WHERE r.attempts > r.fence
  UNION ALL
  SELECT 'I5', c.id, format('version %s, events %s', c.version, count(e.id))
    FROM cases c LEFT JOIN events e ON e.case_id = c.id AND e.version BETWEEN 1 AND c.version
   /*LIVING*/
   GROUP BY c.id, c.version HAVING count(e.id) <> c.version
  UNION ALL
  SELECT 'I7', r.case_id, format('run %s %s without its result or artifacts', r.id, r.state)
    FROM runs r
   WHERE (r.state IN ('succeeded', 'rejected') AND NOT EXISTS (SELECT FROM results WHERE run_id = r.id)
      OR r.state = 'succeeded' AND (SELECT count(*) FROM artifacts a WHERE a.run_id = r.id) <> 4)
   /*OF THE LIVING*/
  UNION ALL
  SELECT 'I8', c.id, format('publishes run %s', c.published_run_id)
    FROM cases c LEFT JOIN runs r ON r.id = c.published_run_id AND r.case_id = c.id
   WHERE c.published_run_id IS NOT NULL AND (r.id IS NULL OR r.state NOT IN ('succeeded', 'rejected'))
      OR (c.state IN ('completed', 'rejected')) <> (c.published_run_id IS NOT NULL)
  UNION ALL
  SELECT 'I9', NULL, format('clinic %s: accepted %s, open %s, terminal %s', b.clinic_id, b.accepted, b.open, b.terminal)
    FROM case_balance b WHERE b.accepted <> b.open + b.terminal
  UNION ALL
  SELECT 'stuck', r.case_id, format('run %s: its lease ended at %s', r.id, r.lease_until)
    FROM runs r WHERE r.state = 'running' AND r.lease_until < now() - interval '2 minutes'
"""

CAMPAIGNS = """
  SELECT 'strand', i.case_id, format('item of %s: its run %s ended at %s', i.rerun_id, r.id, r.finished_at)
    FROM rerun_items i JOIN runs r ON r.id = i.run_id
   WHERE i.state = 'queued' AND r.finished_at < now() - interval '2 minutes'
  UNION ALL
  SELECT 'strand', i.case_id, format('item of %s is %s: the campaign is %s', i.rerun_id, i.state, c.state)
    FROM rerun_items i JOIN reruns c ON c.id = i.rerun_id
   WHERE i.state IN ('planned', 'queued') AND c.state IN ('canceled', 'finished')
  UNION ALL
  SELECT 'strand', NULL, format('campaign %s is canceling with nothing left', c.id)
    FROM reruns c
   WHERE c.state = 'canceling'
     AND NOT EXISTS (SELECT FROM rerun_items i WHERE i.rerun_id = c.id AND i.state = 'planned')
     AND NOT EXISTS (SELECT FROM rerun_items i WHERE i.rerun_id = c.id AND i.state = 'queued')
  UNION ALL
  SELECT 'shadow', c.id, format('publishes run %s of %s, which was not promoted', r.id, r.rerun_id)
    FROM cases c JOIN runs r ON r.id = c.published_run_id
   WHERE r.rerun_id IS NOT NULL
     AND NOT EXISTS (SELECT FROM rerun_items i
                      WHERE i.rerun_id = r.rerun_id AND i.run_id = r.id AND i.case_id = c.id
                        AND i.promotion = 'promoted')
"""

# What was to go has gone; the objects within a day, however long the store was away.
ERASURES = """
  SELECT 'erased', c.id, format('state %s, record of its erasure: %s', c.state, x.case_id IS NOT NULL)
    FROM cases c FULL JOIN erasures x ON x.case_id = c.id
   WHERE (c.state = 'erased') IS DISTINCT FROM (x.case_id IS NOT NULL)
  UNION ALL
  SELECT 'erased', c.id, 'it has another event than the one of its version, or none'
    FROM cases c
   WHERE c.state = 'erased' AND (SELECT array_agg(e.type || ' ' || e.version) FROM events e WHERE e.case_id = c.id)
         IS DISTINCT FROM ARRAY['case.erased ' || c.version]
  UNION ALL
  SELECT 'erased', c.id, 'a result, an artifact or a run at work is left of it'
    FROM cases c
   WHERE c.state = 'erased'
     AND (EXISTS (SELECT FROM results r WHERE r.case_id = c.id)
          OR EXISTS (SELECT FROM artifacts a WHERE a.case_id = c.id)
          OR EXISTS (SELECT FROM runs r WHERE r.case_id = c.id AND r.state IN ('queued', 'running')))
  UNION ALL
  SELECT 'erased', x.case_id, format('its objects: not proved to be gone since %s', x.requested_at)
    FROM erasures x WHERE x.proved_at IS NULL AND x.requested_at < now() - interval '1 day'
"""

AUDITOR = "lesionlens_auditor"


def _audit(query: str) -> None:
    # As in migration 0014: only the auditor, who owns the function, may replace it.
    op.execute(f"GRANT CREATE ON SCHEMA public TO {AUDITOR}")
    op.execute(f"SET ROLE {AUDITOR}")
    op.execute(
        "CREATE OR REPLACE FUNCTION audit_violations() RETURNS TABLE (invariant text, case_id text, detail text)"
        " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$" + query + "$$"
    )
    op.execute("RESET ROLE")
    op.execute(f"REVOKE CREATE ON SCHEMA public FROM {AUDITOR}")


def _of_living() -> str:
    living = "WHERE c.state <> 'erased'"
    of_living = "AND NOT EXISTS (SELECT FROM cases c WHERE c.id = r.case_id AND c.state = 'erased')"
    return CASES_AND_RUNS.replace("/*LIVING*/", living).replace("/*OF THE LIVING*/", of_living)


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(CASES)
    op.execute(DELETES)
    for table, condition in DELETED_WITH_CASE.items():
        op.execute(
            f"CREATE POLICY of_erased ON {table} AS RESTRICTIVE FOR DELETE TO lesionlens_gateway USING ({condition})"
        )
    op.execute(RUNS_GUARD.replace("-- ERASED", FENCED_OFF))
    op.execute(RUNS_OF_ERASED)
    op.execute(CASES_GUARD.replace("-- EXITS", EXITS))
    op.execute(BALANCE.replace("-- ERASED", ERASED_COUNT))
    _audit(f"{_of_living()} UNION ALL {CAMPAIGNS} UNION ALL {ERASURES}")


# What was erased cannot come back, and the release before knows no such case.
REFUSE = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM erasures) THEN
    RAISE EXCEPTION 'cases were erased: the release before cannot read them';
  END IF;
END $$;
"""


def downgrade() -> None:
    """Raises where a case was erased."""
    op.execute("ALTER TABLE erasures NO FORCE ROW LEVEL SECURITY")  # the owner sees no tenant's row otherwise
    op.execute(REFUSE)
    _audit(CASES_AND_RUNS + " UNION ALL " + CAMPAIGNS)
    op.execute(BALANCE.replace("-- ERASED", ""))
    op.execute(CASES_GUARD.replace("-- EXITS", EXITS_BEFORE))
    op.execute("DROP TRIGGER runs_of_erased ON runs")
    op.execute("DROP FUNCTION runs_of_erased()")
    op.execute(RUNS_GUARD.replace("-- ERASED", ""))
    for table in DELETED_WITH_CASE:
        op.execute(f"DROP POLICY of_erased ON {table}")
    op.execute("REVOKE DELETE ON results, artifacts, events, deliveries, idempotency_records FROM lesionlens_gateway")
    op.execute("ALTER TABLE cases DROP CONSTRAINT ck_cases_erased_is_blank")
    op.execute("ALTER TABLE cases DROP CONSTRAINT ck_cases_state_known")
    op.execute(
        "ALTER TABLE cases ADD CONSTRAINT ck_cases_state_known CHECK (state IN"
        " ('accepted', 'processing', 'completed', 'rejected', 'failed', 'canceled', 'expired'))"
    )
    op.execute("DROP TABLE erasures")
    op.execute("DROP FUNCTION erasures_guard()")
