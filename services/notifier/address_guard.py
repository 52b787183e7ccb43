"""Where a name may lead to. One look-up; what was checked is what is connected to, so a second answer cannot differ."""

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from ipaddress import ip_address
from typing import Final

from services.notifier.deadline import Deadline
from shared.contracts.public_address import special_range
from shared.contracts.webhook_url import AllowedHosts

Resolve = Callable[[str, int], Sequence[str]]
"""Name and port to addresses, the preferred first. Raises OSError if there are none."""

# Threads, each for one look-up. The system's resolver cannot be stopped and may take half a minute.
_LOOK_UPS: Final = 64


class AddressRefused(Exception):
    """The name stands for an address that is not for webhooks; `kind` is that of `special_range`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class NameNotFound(Exception):
    """There is no address for the name, or nobody who could say."""


def system_addresses(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver, as `Resolve`."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in answers))


class AddressGuard:
    """Looks names up and refuses those that lead inside. Any number of threads."""

    def __init__(self, allowed: AllowedHosts, resolve: Resolve = system_addresses) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._slots = threading.BoundedSemaphore(_LOOK_UPS)

    def addresses(self, host: str, port: int, deadline: Deadline) -> Sequence[str]:
        """Return the addresses of the host, in the resolver's order.

        Raises AddressRefused if any of them is special (the operator's own hosts may be), NameNotFound, and
        TimeoutError.
        """
        found = [host] if _is_address(host) else self._look_up(host, port, deadline)
        if not found:
            raise NameNotFound(host)
        if not self._allowed.allow(host, port):
            for address in found:
                if kind := special_range(address):
                    raise AddressRefused(kind)
        return found

    def _look_up(self, host: str, port: int, deadline: Deadline) -> Sequence[str]:
        if not self._slots.acquire(timeout=deadline.left_s()):
            raise TimeoutError("too many look-ups are under way")
        answer: Future[Sequence[str]] = Future()
        # Daemons: a look-up that hangs does not hold up the end of the process.
        thread = threading.Thread(target=self._ask, args=(host, port, answer), name="look-up", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._slots.release()
            raise
        try:
            return answer.result(timeout=deadline.left_s())
        except TimeoutError:
            raise
        except (OSError, UnicodeError) as error:
            raise NameNotFound(host) from error

    def _ask(self, host: str, port: int, answer: "Future[Sequence[str]]") -> None:
        try:
            answer.set_result(self._resolve(host, port))
        except BaseException as error:  # noqa: BLE001 - whoever waits for the answer raises it
            answer.set_exception(error)
        finally:
            self._slots.release()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
