"""Clinics with as many cases as are asked for, written in bulk: rows alone, with nothing in the object store.

Rows have the shape of real ones: five photos a lesion, twenty a patient, one in a hundred waiting, each class and
decision in every history. Needs a superuser's connection: triggers and foreign keys are off while the rows are written.
"""

from dataclasses import dataclass
from typing import Final

import psycopg2

from shared.contracts.enums import LesionClass
from shared.contracts.ids import IdPrefix, new_id

CASES_OF_LESION: Final = 5
CASES_OF_SUBJECT: Final = 20

_NUMBERED: Final = """
CREATE TEMPORARY TABLE numbered AS
SELECT i, lpad((%(first)s + i)::text, 26, '0') AS suffix,
       now() - (%(count)s - i) * interval '20 seconds' AS at,
       CASE WHEN i %% 100 = 0 THEN 'accepted' WHEN i %% 100 < 4 THEN 'failed' WHEN i %% 100 < 8 THEN 'rejected'
            ELSE 'completed' END AS state,
       (ARRAY['refer', 'review', 'no_refer', 'no_refer', 'no_refer'])[1 + i %% 5] AS decision,
       (%(labels)s)[1 + i %% 7] AS label
FROM generate_series(1, %(count)s) AS i
"""

_CASES: Final = """
INSERT INTO cases (id, clinic_id, state, version, created_at, updated_at, client_ref, subject_ref, lesion_ref,
                   captured_at, modality, source_sha256, source_bytes, source_media_type, image_key,
                   image_sha256, image_media_type, image_width, image_height, first_run_id, published_run_id,
                   error_code)
SELECT 'case_' || suffix, %(clinic)s, state, CASE state WHEN 'accepted' THEN 1 ELSE 3 END, at,
       at + interval '5 seconds',
       'c' || i, 's' || i %% greatest(1, %(count)s / %(of_subject)s),
       'l' || i %% greatest(1, %(count)s / %(of_lesion)s),
       CASE WHEN i %% 2 = 0 THEN at - interval '1 day' END, 'dermoscopy', md5(i::text) || md5(i::text), 200000,
       'image/jpeg', 'cases/' || suffix, md5(i::text) || md5(i::text), 'image/jpeg', 600, 450, 'run_' || suffix,
       CASE WHEN state IN ('completed', 'rejected') THEN 'run_' || suffix END,
       CASE state WHEN 'failed' THEN 'undecodable_image' END
FROM numbered ORDER BY i
"""

_RUNS: Final = """
INSERT INTO runs (id, case_id, clinic_id, model_version_id, queue, state, fence, attempts, enqueued_at, next_attempt_at,
                  started_at, finished_at)
SELECT 'run_' || suffix, 'case_' || suffix, %(clinic)s, %(model)s, 'live',
       CASE state WHEN 'completed' THEN 'succeeded' WHEN 'accepted' THEN 'queued' ELSE state END,
       CASE state WHEN 'accepted' THEN 0 ELSE 1 END, CASE state WHEN 'accepted' THEN 0 ELSE 1 END, at, at,
       CASE WHEN state <> 'accepted' THEN at + interval '4 seconds' END,
       CASE WHEN state <> 'accepted' THEN at + interval '5 seconds' END
FROM numbered ORDER BY i
"""

_RESULTS: Final = """
INSERT INTO results (run_id, case_id, clinic_id, created_at, decision, label, probabilities, logits, malignancy,
                     thresholds, reasons, quality, out_of_distribution, explanation, model, notice, provenance)
SELECT 'run_' || suffix, 'case_' || suffix, %(clinic)s, at + interval '5 seconds', given.decision, given.label,
       CASE WHEN whole THEN
            '{"akiec": 0.1, "bcc": 0.1, "bkl": 0.1, "df": 0.1, "mel": 0.2, "nv": 0.3, "vasc": 0.1}'::jsonb
       END,
       CASE WHEN whole THEN ARRAY[0.1, 0.1, 0.1, 0.1, 0.2, 0.3, 0.1] END, CASE WHEN whole THEN 0.4 END,
       CASE WHEN whole THEN '{"refer": 0.5, "no_refer": 0.1}'::jsonb END,
       CASE WHEN whole THEN '[]'::jsonb ELSE '[{"code": "too_small", "message": "The photo is too small."}]'::jsonb END,
       CASE WHEN whole THEN
            '{"accepted": true, "short_side_px": 450, "sharpness": 42.5, "mean_grey": 151.2, "dark_share": 0.0,
              "glare_share": 0.0, "limits": {"min_side_px": 128, "min_sharpness": 6.9, "min_mean_grey": 30.0,
              "max_dark_share": 0.5, "max_glare_share": 0.25}}'::jsonb
       ELSE '{"accepted": false, "short_side_px": 64}'::jsonb END, NULL,
       '{"method": "grad-cam", "layer": "layer4", "target_class": "nv", "peak": {"x": 10, "y": 20, "value": 3.5},
         "empty": false, "sentence": "What speaks for this class."}',
       '{"name": "generated", "version": "0", "status": "research", "weights_sha256": "1", "preprocessing": "p1",
         "backend": "none"}',
       'A screening aid, not a diagnosis.', '{}'
FROM (SELECT *, state = 'completed' AS whole FROM numbered WHERE state IN ('completed', 'rejected')) AS n,
     LATERAL (SELECT CASE WHEN whole THEN n.decision END AS decision,
                     CASE WHEN whole THEN n.label END AS label) AS given
ORDER BY i
"""


@dataclass(frozen=True)
class Generated:
    """A clinic with its history. Case `i` of `count` is the i-th accepted."""

    clinic_id: str
    count: int
    first: int

    def case_id(self, number: int) -> str:
        return f"case_{self.first + number:026d}"


def generate(superuser_url: str, clinic_id: str, count: int, *, first: int = 0) -> Generated:
    """Write `count` cases with their runs and results for a clinic. `first` keeps the ids of several clinics apart."""
    connection = psycopg2.connect(superuser_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            model = new_id(IdPrefix.MODEL)
            cursor.execute(
                "INSERT INTO model_versions (id, name, version, state, manifest, weights_sha256, weights_key)"
                " VALUES (%s, 'generated', %s, 'retired', '{}', '1', 'models/none')",
                (model, model),
            )
            given = {
                "clinic": clinic_id,
                "model": model,
                "count": count,
                "first": first,
                "labels": list(LesionClass),
                "of_lesion": CASES_OF_LESION,
                "of_subject": CASES_OF_SUBJECT,
            }
            for statement in (_NUMBERED, _CASES, _RUNS, _RESULTS):
                cursor.execute(statement, given)
            cursor.execute("DROP TABLE numbered")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE cases, runs, results")
    finally:
        connection.close()
    return Generated(clinic_id, count, first)
