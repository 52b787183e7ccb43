"""Which addresses belong to somebody out there, and which mean a machine or a network of ours, or nobody.

The ranges are those of the IANA special-purpose address registries (RFC 6890 and what was registered since), multicast,
what IANA reserves, and what clouds use for their own. They stand here because the tables of Python's
`ipaddress` differ between versions. Of IPv6 only what IANA has given out for global unicast (2000::/3) can be public.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

_V4: Final = [
    (IPv4Network(block), name)
    for block, name in [
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared"),  # carrier-grade NAT, RFC 6598; Alibaba's metadata are in it
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "platform"),  # Azure's wire server: a public address that every machine there can reach
        ("169.254.0.0/16", "link_local"),  # metadata of AWS, Azure, Google and others
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol"),  # RFC 6890; Oracle's metadata are in it
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "protocol"),  # AS112
        ("192.52.193.0/24", "protocol"),  # AMT
        ("192.88.99.0/24", "six_to_four"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "protocol"),  # AS112
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("255.255.255.255/32", "broadcast"),
        ("240.0.0.0/4", "reserved"),
    ]
]
_V6: Final = [
    (IPv6Network(block), name)
    for block, name in [
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "v4_compatible"),
        ("::ffff:0:0/96", "v4_mapped"),
        ("::ffff:0:0:0/96", "v4_translated"),  # RFC 2765
        ("64:ff9b::/96", "nat64"),
        ("64:ff9b:1::/48", "nat64"),
        ("100::/64", "discard"),
        ("100:0:0:1::/64", "discard"),
        ("2001::/32", "teredo"),
        ("2001:2::/48", "benchmarking"),
        ("2001:10::/28", "orchid"),
        ("2001:20::/28", "orchid"),
        ("2001::/23", "protocol"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "six_to_four"),
        ("2620:4f:8000::/48", "protocol"),  # AS112
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment_routing"),
        ("fc00::/7", "unique_local"),
        ("fe80::/10", "link_local"),
        ("fec0::/10", "site_local"),
        ("ff00::/8", "multicast"),
    ]
]
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")


def special_range(address: str) -> str | None:
    """Return None if the address is a public one, else the kind of the range that it is in.

    `not_an_address` if it is none at all: whoever asks whether he may connect there may not.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return "not_an_address"
    return _of_v4(parsed) if isinstance(parsed, IPv4Address) else _of_v6(parsed)


def _of_v4(address: IPv4Address) -> str | None:
    return next((name for block, name in _V4 if address in block), None)


def _of_v6(address: IPv6Address) -> str | None:
    named = next((name for block, name in _V6 if address in block), None)
    if named is None and address.scope_id is not None:
        return "scoped"  # an address with a zone is one of this machine's links
    return named or (None if address in _GLOBAL_UNICAST else "reserved")
