"""How far a day's answers are from what the active model's manifest says of photos that it was not trained on.

A function of its own: the release before knows the names that the others return, and no more.

Revision ID: 0025
Revises: 0024
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

AUDITOR = "lesionlens_auditor"

# Nothing where the manifest has no reference. The distance is the total variation between two mixes of labels: the
# share of photos that would need another label for the mixes to be alike.
DRIFT = """
CREATE FUNCTION figures_of_drift() RETURNS TABLE (name text, labels jsonb, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH reference AS (SELECT id, version AS model, manifest -> 'reference' AS told FROM model_versions
                      WHERE state = 'active' AND jsonb_typeof(manifest -> 'reference') = 'object'),
       expected AS (SELECT model, s.key AS label, s.value::double precision AS share
                      FROM reference, jsonb_each_text(told -> 'labels') AS s),
       answered AS (SELECT r.label, count(*)::double precision AS photos, sum(count(*)) OVER () AS of_all
                      FROM runs u JOIN results r ON r.run_id = u.id JOIN reference f ON f.id = u.model_version_id
                     WHERE u.finished_at > now() - interval '1 day' AND u.queue = 'live' AND r.decision IS NOT NULL
                     GROUP BY r.label)
  SELECT 'label_share_reference', jsonb_build_object('model', model, 'label', label), share FROM expected
  UNION ALL
  SELECT 'photo_measure_reference', jsonb_build_object('model', model, 'measure', m.key, 'quantile', quantile),
         (m.value ->> percentile)::double precision
    FROM reference, jsonb_each(told -> 'measures') AS m,
         (VALUES (0.05, 'p05'), (0.5, 'p50'), (0.95, 'p95')) AS quantiles (quantile, percentile)
  UNION ALL
  SELECT 'label_mix_distance', jsonb_build_object('model', model),
         sum(abs(coalesce(a.photos / a.of_all, 0) - e.share)) / 2
    FROM expected e LEFT JOIN answered a USING (label)
   WHERE EXISTS (SELECT FROM answered) GROUP BY model
$$;
"""


def upgrade() -> None:
    op.execute(DRIFT)
    # As in migration 0004: it is the auditor's, who sees every clinic.
    op.execute(f"GRANT CREATE ON SCHEMA public TO {AUDITOR}")
    op.execute(f"ALTER FUNCTION figures_of_drift() OWNER TO {AUDITOR}")
    op.execute("REVOKE ALL ON FUNCTION figures_of_drift() FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION figures_of_drift() TO lesionlens_gateway, {AUDITOR}")
    op.execute(f"REVOKE CREATE ON SCHEMA public FROM {AUDITOR}")


def downgrade() -> None:
    op.execute("DROP FUNCTION figures_of_drift()")
