"""No connection is made to an address that is not for webhooks (R10), in whatever form it comes; to others it is."""

from collections.abc import Sequence

import pytest

from services.notifier.address_guard import AddressGuard, AddressRefused, NameNotFound, system_addresses
from services.notifier.deadline import Deadline
from shared.contracts.enums import AttemptOutcome
from shared.contracts.webhook_url import AllowedHosts
from tests.integration.notifier.conftest import MakeSender, message
from tests.integration.notifier.network import Network
from tests.integration.notifier.receivers import Receiver
from tests.unit.contracts.address_forms import NUMERIC_HOSTS, PUBLIC, SCOPED, SPECIAL

NAME = "clinic.example"


class EveryRoad(Network):
    """Wherever somebody goes, he gets to the receiver: the count of its connections is that of all attempts."""

    def __init__(self, port: int, *answers: Sequence[str]) -> None:
        super().__init__(names={NAME: list(answers)})
        self.ports = dict.fromkeys([address for address, _ in SPECIAL + SCOPED] + PUBLIC + ["127.0.0.1"], port)


def in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def test_no_form_of_a_special_address_is_connected_to(make_sender: MakeSender) -> None:
    special = [address for address, _ in SPECIAL + SCOPED]
    urls = [f"https://{host}/" for host in NUMERIC_HOSTS] + [f"https://{in_url(address)}/" for address in special]
    assert len(set(urls)) >= 80
    with Receiver() as receiver:
        network = EveryRoad(receiver.port)
        sender = make_sender(network)
        done = {url: sender.send(message(url)).outcome for url in urls}
        assert {url for url, outcome in done.items() if outcome is not AttemptOutcome.ADDRESS_REFUSED} == set()
        for address in special:
            for answer in ([address], ["8.8.8.8", address]):
                network.names[NAME] = [answer]
                done = {address: sender.send(message(f"https://{NAME}:8443/")).outcome}
                assert done == {address: AttemptOutcome.ADDRESS_REFUSED}
    assert (network.dialled, receiver.connections) == ([], 0)


def test_every_public_neighbour_is_connected_to(make_sender: MakeSender) -> None:
    with Receiver(mute=b"") as receiver:
        network = EveryRoad(receiver.port)
        sender = make_sender(network)
        for address in PUBLIC:
            network.names[NAME] = [[address]]
            # The receiver hangs up at once: what counts is that it was reached.
            assert sender.send(message(f"https://{NAME}/")).outcome is not AttemptOutcome.ADDRESS_REFUSED
            assert sender.send(message(f"https://{in_url(address)}/")).outcome is not AttemptOutcome.ADDRESS_REFUSED
    assert network.dialled == [(address, 443) for address in PUBLIC for _ in range(2)]
    assert receiver.connections == 2 * len(PUBLIC)


def test_a_name_that_rebinds_gets_no_connection(make_sender: MakeSender) -> None:
    """It is public when it is looked at, and this machine ever after. Whoever looks it up again would be led here."""
    with Receiver() as receiver:
        network = Network(names={NAME: [["93.184.215.14"], ["127.0.0.1"]]}, ports={"127.0.0.1": receiver.port})
        sender = make_sender(network)
        first = sender.send(message(f"https://{NAME}/"))
        assert first.outcome is AttemptOutcome.UNREACHABLE  # nobody lives at the public address
        assert (network.asked, network.dialled) == ([NAME], [("93.184.215.14", 443)])
        for _ in range(5):
            assert sender.send(message(f"https://{NAME}/")).outcome is AttemptOutcome.ADDRESS_REFUSED
    assert len(network.dialled) == 1
    assert receiver.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://clinic.example/",
        "https://clinic.example:6379/",
        "https://x@clinic.example/",
        "https://clinic.example/#x",
        "nonsense",
        "",
    ],
)
def test_a_url_that_has_become_none_is_refused_before_the_look_up(make_sender: MakeSender, url: str) -> None:
    network = Network(names={NAME: [["8.8.8.8"]]})
    done = make_sender(network).send(message(url))
    assert (done.outcome, done.status, done.response) == (AttemptOutcome.ADDRESS_REFUSED, None, "")
    assert (network.asked, network.dialled) == ([], [])


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0", "::1", "::ffff:1.1.1.1"]
)
def test_the_systems_resolver_is_not_believed_either(host: str) -> None:
    """Should such a host get past the URL's check: what the C library makes of it is checked again."""
    guard = AddressGuard(AllowedHosts(), system_addresses)
    with pytest.raises((AddressRefused, NameNotFound)):
        guard.addresses(host, 443, Deadline.after(5))


def test_the_systems_resolver_is_asked_by_default() -> None:
    guard = AddressGuard(AllowedHosts.parse("localhost"))
    assert set(guard.addresses("localhost", 443, Deadline.after(5))) <= {"127.0.0.1", "::1"}
