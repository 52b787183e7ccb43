"""One TCP or TLS connection under a deadline: every wait ends by then, however the bytes come; so does their number."""

import select
import socket
import ssl

import httpcore

from services.notifier.deadline import Deadline


class AnswerTooLong(httpcore.ReadError):
    """As much as we read of an answer has been read."""


class TimedStream(httpcore.NetworkStream):
    """What httpcore reads from and writes to. It is given a new deadline for each request that goes over it.

    The timeouts that httpcore hands in are for one read each; a receiver that sends a byte every second would never
    reach one. They are not used.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._deadline = Deadline(0)
        self._allowance = 0
        self.received = 0
        """Bytes that came since the request began."""
        self.ended = False
        """Whether the other side has ended the connection."""

    def begin(self, deadline: Deadline, allowance: int) -> None:
        """Begin a request: all is to be over by the deadline, and at most `allowance` bytes are read."""
        self._deadline, self._allowance, self.received = deadline, allowance, 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - httpcore's signature
        """Read some bytes, none if the other side has ended. Raises ReadTimeout, ReadError and AnswerTooLong."""
        if not self._allowance:
            raise AnswerTooLong
        try:
            self._socket.settimeout(self._deadline.left_s())
            data = self._socket.recv(min(max_bytes, self._allowance))
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        except OSError as error:
            self.ended = True
            raise httpcore.ReadError from error
        self._allowance -= len(data)
        self.received += len(data)
        self.ended = not data
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - httpcore's signature
        """Write all of it. Raises WriteTimeout and WriteError."""
        left = memoryview(buffer)
        try:
            while left:
                self._socket.settimeout(self._deadline.left_s())
                left = left[self._socket.send(left) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout from error
        except OSError as error:
            raise httpcore.WriteError from error

    def close(self) -> None:
        self._socket.close()

    def get_extra_info(self, info: str) -> object:
        """Tell httpcore whether something has come; on an idle connection that can only be its end."""
        return self._readable() if info == "is_readable" else None

    def _readable(self) -> bool:
        if self._socket.fileno() < 0 or (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()):
            return True
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))
