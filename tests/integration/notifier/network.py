"""The names and addresses of a test: who answers for a name, and where an address leads. All roads end on loopback."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.notifier.dialer import dial

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence


@dataclass
class Network:
    """`names` gives a name's answers one after the other, the last for ever; `ports` gives an address's receiver.

    An address without a receiver leads nowhere, one of 127.0.0.0/8 to where it says.
    """

    names: dict[str, list[Sequence[str]]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)

    def resolve(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise OSError(errno.ENOENT, "no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def dial(self, address: str, port: int, timeout_s: float) -> socket.socket:
        self.dialled.append((address, port))
        if address in self.ports:
            return dial("127.0.0.1", self.ports[address], timeout_s)
        if address.startswith("127."):
            return dial(address, port, timeout_s)
        raise OSError(errno.ENETUNREACH, "leads nowhere")
