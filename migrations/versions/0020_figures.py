"""Figures of the whole record for metrics: what waits and for how long, how work ended, what the models answered.

Revision ID: 0020
Revises: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# The names are those of the metrics, less `lesionlens_`. Counts and times alone, so that nobody learns of a clinic.
LATELY = """
CREATE FUNCTION figures_lately() RETURNS TABLE (name text, labels jsonb, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH queues (queue) AS (VALUES ('live'), ('bulk')),
       waiting AS (SELECT queue, count(*) AS runs, min(greatest(enqueued_at, next_attempt_at)) AS since
                     FROM runs WHERE state = 'queued' GROUP BY queue),
       ended AS (SELECT queue, state, worker, attempts, error_code, enqueued_at, started_at, finished_at
                   FROM runs WHERE finished_at > now() - interval '5 minutes'),
       claims AS (SELECT queue, count(*) AS runs, count(DISTINCT (worker, started_at)) AS claims
                    FROM ended WHERE started_at IS NOT NULL GROUP BY queue),
       live AS (SELECT phase, seconds FROM ended,
                LATERAL (VALUES ('wait', extract(epoch FROM started_at - enqueued_at)),
                                ('work', extract(epoch FROM finished_at - started_at)),
                                ('whole', extract(epoch FROM finished_at - enqueued_at))) AS p (phase, seconds)
                 WHERE queue = 'live' AND started_at IS NOT NULL),
       due AS (SELECT d.next_attempt_at FROM deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
                WHERE d.state = 'pending' AND d.next_attempt_at <= now() AND e.disabled_at IS NULL)
  SELECT 'runs_waiting', jsonb_build_object('queue', q.queue), coalesce(w.runs, 0)
    FROM queues q LEFT JOIN waiting w USING (queue)
  UNION ALL
  SELECT 'queue_age_seconds', jsonb_build_object('queue', q.queue),
         coalesce(greatest(extract(epoch FROM now() - w.since), 0), 0)
    FROM queues q LEFT JOIN waiting w USING (queue)
  UNION ALL
  SELECT 'runs_ended_lately', jsonb_build_object('queue', queue, 'state', state), count(*)
    FROM ended GROUP BY queue, state
  UNION ALL
  SELECT 'runs_retried_lately', jsonb_build_object('queue', q.queue), count(e.queue)
    FROM queues q LEFT JOIN ended e ON e.queue = q.queue AND e.attempts > 1 GROUP BY q.queue
  UNION ALL
  SELECT 'claims_lately', jsonb_build_object('queue', q.queue), coalesce(c.claims, 0)
    FROM queues q LEFT JOIN claims c USING (queue)
  UNION ALL
  SELECT 'claim_runs_mean', jsonb_build_object('queue', queue), runs::double precision / claims
    FROM claims WHERE claims > 0
  UNION ALL
  SELECT 'run_seconds', jsonb_build_object('phase', phase, 'quantile', q),
         percentile_cont(q) WITHIN GROUP (ORDER BY seconds)
    FROM live, (VALUES (0.5), (0.95)) AS quantiles (q) GROUP BY phase, q
  UNION ALL
  SELECT 'leases_lapsed', '{}', (SELECT count(*) FROM runs WHERE lapsed AND state IN ('queued', 'running'))
  UNION ALL
  SELECT 'runs_failed_last_hour', jsonb_build_object('code', error_code), count(*)
    FROM runs WHERE finished_at > now() - interval '1 hour' AND error_code IS NOT NULL GROUP BY error_code
  UNION ALL
  SELECT 'deliveries_due', '{}', (SELECT count(*) FROM due)
  UNION ALL
  SELECT 'deliveries_due_age_seconds', '{}',
         (SELECT coalesce(extract(epoch FROM now() - min(next_attempt_at)), 0) FROM due)
  UNION ALL
  SELECT 'delivery_attempts_last_hour', jsonb_build_object('outcome', a.outcome), count(*)
    FROM deliveries d JOIN delivery_attempts a ON a.delivery_id = d.id
   WHERE d.created_at > now() - interval '1 hour' AND a.outcome IS NOT NULL GROUP BY a.outcome
  UNION ALL
  SELECT 'webhook_endpoints_disabled', jsonb_build_object('reason', disabled_reason), count(*)
    FROM webhook_endpoints WHERE disabled_at IS NOT NULL AND deleted_at IS NULL GROUP BY disabled_reason
  UNION ALL
  SELECT 'erasures_unproved', '{}', (SELECT count(*) FROM erasures WHERE proved_at IS NULL)
$$;
"""

# Of live photos: a campaign looks at old ones again. What a photo measured, it measured for every model the same.
OF_DAY = """
CREATE FUNCTION figures_of_day() RETURNS TABLE (name text, labels jsonb, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH day AS MATERIALIZED (
         SELECT m.version AS model, r.label, r.decision, r.reasons, r.quality
           FROM runs u JOIN results r ON r.run_id = u.id JOIN model_versions m ON m.id = u.model_version_id
          WHERE u.finished_at > now() - interval '1 day' AND u.queue = 'live'),
       measures AS (SELECT measure, (quality ->> measure)::double precision AS measured
                      FROM day, (VALUES ('sharpness'), ('mean_grey'), ('dark_share'), ('glare_share')) AS m (measure)
                     WHERE quality ? measure)
  SELECT 'results_last_day', jsonb_build_object('model', model, 'label', label, 'decision', decision), count(*)
    FROM day WHERE decision IS NOT NULL GROUP BY model, label, decision
  UNION ALL
  SELECT 'photos_rejected_last_day', jsonb_build_object('model', model, 'reason', reason ->> 'code'), count(*)
    FROM day, jsonb_array_elements(reasons) AS reason WHERE decision IS NULL GROUP BY model, reason ->> 'code'
  UNION ALL
  SELECT 'photo_measure_last_day', jsonb_build_object('measure', measure, 'quantile', q),
         percentile_cont(q) WITHIN GROUP (ORDER BY measured)
    FROM measures, (VALUES (0.05), (0.5), (0.95)) AS quantiles (q) GROUP BY measure, q
$$;
"""
FUNCTIONS = ("figures_lately()", "figures_of_day()")
AUDITOR = "lesionlens_auditor"


def upgrade() -> None:
    op.execute(LATELY)
    op.execute(OF_DAY)
    # As in migration 0004: they are the auditor's, who sees every clinic.
    op.execute(f"GRANT CREATE ON SCHEMA public TO {AUDITOR}")
    for function in FUNCTIONS:
        op.execute(f"ALTER FUNCTION {function} OWNER TO {AUDITOR}")
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO lesionlens_gateway, {AUDITOR}")
    op.execute(f"REVOKE CREATE ON SCHEMA public FROM {AUDITOR}")


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
