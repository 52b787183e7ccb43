"""What comes for a person while all that is stored of it is being erased: photos, consents, codes, phones."""

from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import Engine, func, select

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.enrolments import repository as codes
from services.gateway.enrolments.codes import digest_of, read_code
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.models import Device, Enrolment
from shared.db.session import Database, name_clinic
from tests.integration.gateway.campaign_rows import code_of
from tests.integration.gateway.phones import code_for, enrol, enrolled, phone_of
from tests.integration.gateway.subjects import SUBJECT, accepted, agree, photo_of, withdraw
from tests.integration.gateway.test_consents import waits_for_a_lock

BEING_ERASED = (409, "subject_being_erased")


def begin(gateway: Database, clinic: CreatedKey) -> str:
    """Commit the intent, and go no further: whoever began it was killed then."""
    with gateway.transaction(clinic.clinic_id) as session:
        erasure = lifecycle.open_subject_erasure(session, str(clinic.clinic_id), SUBJECT, clinic.key_id)
        assert erasure is not None
        return erasure.id


def left(database: Database) -> list[int]:
    with database.transaction() as session:
        return [session.execute(select(func.count()).select_from(table)).scalar_one() for table in (Device, Enrolment)]


def test_nothing_is_taken_for_who_is_being_erased(
    client: httpx.Client, clinic: CreatedKey, gateway_database: Database, worker_database: Database
) -> None:
    accepted(photo_of(client, seed=1))
    agree(client)
    code, phone = code_for(client, SUBJECT), enrolled(client, SUBJECT)
    erasure_id = begin(gateway_database, clinic)
    assert left(worker_database) == [0, 0], "signed out at once"
    refused = photo_of(client, seed=2)
    assert code_of(refused) == BEING_ERASED
    assert refused.headers["retry-after"]
    assert code_of(agree(client)) == BEING_ERASED
    assert code_of(withdraw(client)) == BEING_ERASED
    assert code_of(client.get(f"/v1/subjects/{SUBJECT}/export")) == BEING_ERASED
    assert code_of(client.post("/v1/enrolments", json={"subject_ref": SUBJECT})) == BEING_ERASED
    assert code_of(enrol(client.base_url, code)) == (403, "enrolment_refused")
    with phone_of(client, phone) as device:
        assert code_of(device.get("/v1/cases")) == (401, "unauthenticated")
    # Others are not touched, and whoever asks again ends what was begun.
    accepted(photo_of(client, "somebody-else", seed=3))
    assert code_for(client, "somebody-else")
    told = client.delete(f"/v1/subjects/{SUBJECT}").json()
    assert (told["cases"], told["cases_left"], bool(told["finished_at"])) == (1, 0, True)
    with worker_database.transaction() as session:
        assert lifecycle.erase_next_of_subject(session, erasure_id) is None
    accepted(photo_of(client, seed=4))
    assert code_for(client, SUBJECT), "the reference is free again"


def test_a_phone_that_is_just_signing_in_is_waited_for_and_gone(
    client: httpx.Client,
    clinic: CreatedKey,
    gateway_database: Database,
    worker_database: Database,
    owner_engine: Engine,
) -> None:
    symbols = read_code(code_for(client, SUBJECT))
    assert symbols is not None
    with ThreadPoolExecutor(1) as pool:
        with gateway_database.transaction(presented=digest_of(symbols)) as session:
            enrolment = codes.use_up(session, digest_of(symbols))
            assert enrolment is not None
            name_clinic(session, enrolment.clinic_id)
            values = {"clinic_id": enrolment.clinic_id, "subject_ref": SUBJECT, "enrolled_by": clinic.key_id}
            session.add(Device(id=new_id(IdPrefix.DEVICE), expires_at=enrolment.expires_at, **values))
            session.flush()
            begun = pool.submit(begin, gateway_database, clinic)
            waits_for_a_lock(owner_engine)
        assert begun.result(10)
    assert left(worker_database) == [0, 0]


@pytest.mark.parametrize("first", ["code", "erasure"])
def test_a_code_and_an_erasure_at_the_same_moment(
    client: httpx.Client,
    clinic: CreatedKey,
    gateway_database: Database,
    worker_database: Database,
    owner_engine: Engine,
    first: str,
) -> None:
    """Either the code is taken along, or it is refused."""
    agree(client)
    with ThreadPoolExecutor(1) as pool:
        with gateway_database.transaction(clinic.clinic_id) as session:
            if first == "code":
                lifecycle.hold_subject(session, str(clinic.clinic_id), SUBJECT)
                values = {"clinic_id": clinic.clinic_id, "subject_ref": SUBJECT, "made_by": clinic.key_id}
                code = Enrolment(id=new_id(IdPrefix.ENROLMENT), code_digest=bytes(32), **values)
                code.expires_at = session.execute(select(func.now())).scalar_one()
                codes.add(session, code)
                second: Future[object] = pool.submit(begin, gateway_database, clinic)
            else:
                lifecycle.open_subject_erasure(session, str(clinic.clinic_id), SUBJECT, clinic.key_id)
                second = pool.submit(post_code, client)
            waits_for_a_lock(owner_engine)
        answer = second.result(10)
    assert left(worker_database) == [0, 0]
    assert first == "code" or answer == BEING_ERASED


def post_code(client: httpx.Client) -> tuple[int, str]:
    return code_of(client.post("/v1/enrolments", json={"subject_ref": SUBJECT}))
