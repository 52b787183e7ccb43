"""Which URLs events may be sent to. Pure: what the host stands for is found out when something is sent.

The same reading serves the check and the sender. Two readers that differ about what the host is are how such checks are
got round (for example by a backslash, or by `2130706433`).
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, Self
from urllib.parse import SplitResult, quote, urlsplit

import idna

from shared.contracts.public_address import special_range

MAX_LENGTH: Final = 2048
_PORTS: Final = {443, 8443}
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_LONGEST_NAME: Final = 253
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# What resolvers take for a part of an IPv4 address. No top-level domain looks like it.
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_BRACKETS: Final = re.compile(r"\[([^\[\]]+)\](?::[0-9]*)?")
_VISIBLE: Final = "".join(chr(code) for code in range(0x21, 0x7F))


class UrlRefusal(StrEnum):
    """Why nothing is sent to a URL. The values are public."""

    TOO_LONG = "too_long"
    NOT_A_URL = "not_a_url"
    NOT_HTTPS = "not_https"
    USERINFO = "userinfo"
    FRAGMENT = "fragment"
    NO_HOST = "no_host"
    BAD_HOST = "bad_host"
    NUMERIC_HOST = "numeric_host"
    """An address written in another way than four decimal numbers or IPv6 in brackets."""
    BAD_PORT = "bad_port"
    NOT_PUBLIC = "not_public"
    """An address that is not for webhooks. A name is looked at when something is sent."""


class UrlRefused(ValueError):
    def __init__(self, reason: UrlRefusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is asked. `host` is lower case and ASCII, without brackets and without a dot at its end."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """What the `Host` header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class WebhookUrl:
    """`target` is path and query as they are sent: visible ASCII."""

    origin: Origin
    target: str


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The hosts that the operator vouches for: http too, any port, any address. `None` stands for any port."""

    entries: frozenset[tuple[str, int | None]] = frozenset()

    @classmethod
    def parse(cls, setting: str) -> Self:
        """Read "host:port" or "host", separated by commas. Raises ValueError that names the entry that is neither."""
        return cls(frozenset(_entry(part.strip()) for part in setting.split(",") if part.strip()))

    def allow(self, host: str, port: int) -> bool:
        return (host, port) in self.entries or (host, None) in self.entries


def check_url(url: str, allowed: AllowedHosts) -> str | None:
    """Return None if events may be sent to it as far as its text goes, else a `UrlRefusal`."""
    try:
        read_url(url, allowed)
    except UrlRefused as refused:
        return refused.reason
    return None


def read_url(url: str, allowed: AllowedHosts) -> WebhookUrl:
    """Take the URL apart. Raises UrlRefused."""
    parts = _split(url)
    scheme = parts.scheme
    if scheme not in _DEFAULT_PORTS:
        raise UrlRefused(UrlRefusal.NOT_HTTPS if scheme else UrlRefusal.NOT_A_URL)
    if "@" in parts.netloc:
        raise UrlRefused(UrlRefusal.USERINFO)
    if "#" in url:
        raise UrlRefused(UrlRefusal.FRAGMENT)
    host = _host(parts)
    origin = Origin(scheme, host, _port(parts, _DEFAULT_PORTS[scheme]))
    if not allowed.allow(host, origin.port):
        _refuse_what_only_the_operator_may_allow(origin)
    target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    return WebhookUrl(origin, quote(target, safe=_VISIBLE))


def _refuse_what_only_the_operator_may_allow(origin: Origin) -> None:
    if origin.scheme != "https":
        raise UrlRefused(UrlRefusal.NOT_HTTPS)
    if origin.port not in _PORTS:
        raise UrlRefused(UrlRefusal.BAD_PORT)
    if _is_address(origin.host) and special_range(origin.host):
        raise UrlRefused(UrlRefusal.NOT_PUBLIC)


def _split(url: str) -> SplitResult:
    if len(url) > MAX_LENGTH:
        raise UrlRefused(UrlRefusal.TOO_LONG)
    # Controls, also those that are not seen (soft hyphens, marks of direction), surrogates, and every kind of space.
    if "\\" in url or any(unicodedata.category(each)[0] in "CZ" for each in url):
        raise UrlRefused(UrlRefusal.NOT_A_URL)
    try:
        return urlsplit(url)
    except ValueError:
        raise UrlRefused(UrlRefusal.NOT_A_URL) from None


def _port(parts: SplitResult, default: int) -> int:
    try:
        port = parts.port
    except ValueError:
        raise UrlRefused(UrlRefusal.BAD_PORT) from None
    if port == 0:
        raise UrlRefused(UrlRefusal.BAD_PORT)
    return default if port is None else port


def _host(parts: SplitResult) -> str:
    try:
        host = parts.hostname
    except ValueError:
        raise UrlRefused(UrlRefusal.BAD_HOST) from None
    if not host:
        raise UrlRefused(UrlRefusal.NO_HOST)
    return _address_in_brackets(parts.netloc) if {"[", "]"} & set(parts.netloc) else _name(host)


def _address_in_brackets(netloc: str) -> str:
    """Nothing may stand around the brackets but a port: `urlsplit` overlooks it."""
    brackets = _BRACKETS.fullmatch(netloc)
    try:
        address = IPv6Address(brackets[1] if brackets else "")
    except AddressValueError:
        raise UrlRefused(UrlRefusal.BAD_HOST) from None
    if address.scope_id is not None:
        raise UrlRefused(UrlRefusal.BAD_HOST)
    return str(address)


def _name(host: str) -> str:
    """Return the name in ASCII. Unicode is mapped (UTS 46): digits and dots of other scripts become plain ones."""
    try:
        name = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode("ascii").lower()
    except UnicodeError:  # idna.IDNAError is one
        raise UrlRefused(UrlRefusal.BAD_HOST) from None
    if _NUMBER.fullmatch(name.removesuffix(".").rpartition(".")[2]):
        if not _is_address(name):
            raise UrlRefused(UrlRefusal.NUMERIC_HOST)
        return name
    name = name.removesuffix(".")
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise UrlRefused(UrlRefusal.BAD_HOST)
    return name


def _is_address(host: str) -> bool:
    if ":" in host:
        return True
    try:
        return str(IPv4Address(host)) == host
    except AddressValueError:
        return False


def _entry(text: str) -> tuple[str, int | None]:
    try:
        parts = _split(f"//{text}")
        host, port = _host(parts), parts.port
    except ValueError:
        host, port = "", None
    # The whole text has to be what was read: nothing before, after or between.
    if not host or parts.netloc != text or "@" in text or text.endswith(":") or port == 0:
        raise ValueError(f"{text!r} is neither a host nor host:port")
    return host, port
