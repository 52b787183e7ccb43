"""From where a request comes, as far as that can be believed."""

import hashlib
import ipaddress
from collections.abc import Sequence
from typing import Final

_NOBODY: Final = "unknown"
# What one household or practice is given; an address of it is made up by each machine.
_NETWORK: Final = 64


def address_of(peer: str | None, forwarded: Sequence[str], hops: int) -> str:
    """Return the caller's address; of IPv6 its network.

    `forwarded` are the X-Forwarded-For headers. Each of our `hops` proxies has added the address that it saw, so the
    one that counts is that many from the end; what stands before it was made up by anybody.
    """
    named = [part.strip() for line in forwarded for part in line.split(",")]
    return _normal(named[-hops] if 0 < hops <= len(named) else peer) or _normal(peer) or _NOBODY


def bucket_of(address: str) -> str:
    """Return what stands for the address where it is kept: not the address."""
    return hashlib.sha256(address.encode()).hexdigest()[:20]


def _normal(text: str | None) -> str | None:
    try:
        address = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), _NETWORK), strict=False))
