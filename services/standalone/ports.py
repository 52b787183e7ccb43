"""Picks and tests TCP ports on loopback. Never adopts a server that merely listens somewhere."""

import random
import socket

LOOPBACK = "127.0.0.1"
# Below the range from which Linux takes the ports of outgoing connections: a client that retries against a server being
# restarted could otherwise be given that very port, connect to itself, and keep the server from coming back.
_LOWEST, _HIGHEST = 20_000, 32_000
_TRIES = 200


class NoFreePort(RuntimeError):
    pass


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return not is_listening(port)


def is_listening(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def free_port() -> int:
    """A port on loopback that nobody listens on now. Raises NoFreePort after 200 tries."""
    for _ in range(_TRIES):
        port = random.randint(_LOWEST, _HIGHEST)  # noqa: S311  (a port is no secret)
        if is_free(port):
            return port
    raise NoFreePort(f"no free port between {_LOWEST} and {_HIGHEST} on {LOOPBACK}")
