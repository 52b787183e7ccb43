"""Whether a cookie may go over plain http: only to a browser on this very machine."""

import ipaddress

from fastapi import Request


def is_plain_loopback(request: Request, hops: int) -> bool:
    """Return whether the request came unencrypted from this machine, by no proxy and to a name of this machine.

    Behind a proxy on this machine plain http is what we see of https too; the name that it was sent to gives that away.
    """
    peer = None if request.client is None else request.client.host
    return hops == 0 and request.url.scheme == "http" and _is_loopback(peer) and _is_loopback(request.url.hostname)


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False
