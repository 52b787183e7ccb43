"""Which URLs pass, for which reason the others do not, and what is sent to those that do."""

import pytest

from shared.contracts.webhook_url import AllowedHosts, Origin, UrlRefused, check_url, read_url
from tests.unit.contracts.address_forms import NUMERIC_HOSTS, PUBLIC, SPECIAL, wide

NONE = AllowedHosts()
SOME = AllowedHosts.parse("127.0.0.1:8099, Receiver.Test, [::1]:80, two.test:8000")


@pytest.mark.parametrize(
    "url",
    [
        "https://clinic.example",
        "https://clinic.example/",
        "HTTPS://Clinic.Example/Hook?a=1&b[]=%20",
        "https://clinic.example:443/hook",
        "https://clinic.example:8443/hook",
        "https://clinic.example:/hook",
        "https://clinic.example./hook",
        "https://clinic.example/a/../b//c;d=1,2",
        "https://clinic.example/hook?next=https://x@y/",
        "https://my_host.example/",
        "https://4chan.example/",
        "https://1.2.3.example/",
        "https://0x7f.example/",
        "https://xn--bcher-kva.example/",
        "https://bücher.example/grüße?ü=ß",
        "https://病院.example/",
        "https://8.8.8.8/",
        "https://[2a00:1450:4001:81b::200e]/hook",
        "https://[2a00:1450:4001:81b::200e]:8443/hook",
        "https://clinic.example/" + "a" * (2048 - len("https://clinic.example/")),
    ],
)
def test_what_a_clinic_would_write_passes(url: str) -> None:
    assert check_url(url, NONE) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://clinic.example/", "not_https"),
        ("http://clinic.example:443/", "not_https"),
        ("ftp://clinic.example/", "not_https"),
        ("file:///etc/passwd", "not_https"),
        ("javascript:alert(1)", "not_https"),
        ("clinic.example/hook", "not_a_url"),
        ("//clinic.example/hook", "not_a_url"),
        ("", "not_a_url"),
        (" https://clinic.example/", "not_a_url"),
        ("https://clinic.example/ ", "not_a_url"),
        ("https://clinic.example/a b", "not_a_url"),
        ("https://clinic.example/\r\nx: y", "not_a_url"),
        ("https://clinic.example\t/", "not_a_url"),
        ("https://clinic.example\x00/", "not_a_url"),
        ("https://clinic.example/\x7f", "not_a_url"),
        ("https://clinic.example/\u00a0", "not_a_url"),
        ("https://clinic\u00adexample/", "not_a_url"),
        ("https://clinic.example/\u202e", "not_a_url"),
        ("https://clinic.example/\ud800", "not_a_url"),
        ("https://127.0.0.1\\@clinic.example/", "not_a_url"),
        ("https:\\\\clinic.example/", "not_a_url"),
        ("https://[::1/", "not_a_url"),
        ("https://clinic.example\uff0f.evil.example/", "not_a_url"),  # a full-width slash becomes a plain one
        ("https://user@clinic.example/", "userinfo"),
        ("https://user:word@clinic.example/", "userinfo"),
        ("https://@clinic.example/", "userinfo"),
        ("https://clinic.example@127.0.0.1/", "userinfo"),
        ("https://clinic.example/#part", "fragment"),
        ("https://clinic.example/#", "fragment"),
        ("https://", "no_host"),
        ("https:///hook", "no_host"),
        ("https:clinic.example", "no_host"),
        ("https://:443/", "no_host"),
        ("https://clinic..example/", "bad_host"),
        ("https://.clinic.example/", "bad_host"),
        ("https://clinic.example../", "bad_host"),
        ("https://-clinic.example/", "bad_host"),
        ("https://clinic%2eexample/", "bad_host"),
        ("https://%31%32%37.0.0.1/", "numeric_host"),
        ("https://clinic,example/", "bad_host"),
        ("https://" + "a" * 64 + ".example/", "bad_host"),
        ("https://" + "a." * 126 + "example/", "bad_host"),
        ("https://[fe80::1%25eth0]/", "bad_host"),
        ("https://[::1%lo]/", "bad_host"),
        ("https://[clinic.example]/", "not_a_url"),
        ("https://[v1.x]/", "bad_host"),
        ("https://clinic.example:80/", "bad_port"),
        ("https://clinic.example:8080/", "bad_port"),
        ("https://clinic.example:0/", "bad_port"),
        ("https://clinic.example:65536/", "bad_port"),
        ("https://clinic.example:https/", "bad_port"),
        ("https://clinic.example:-443/", "bad_port"),
        ("https://clinic.example:" + wide("443") + "/", "bad_port"),
        ("https://clinic.example/" + "a" * 2048, "too_long"),
    ],
)
def test_what_does_not_pass_says_why(url: str, reason: str) -> None:
    assert check_url(url, NONE) == reason


@pytest.mark.parametrize("url", ["https://[::1]evil.example/", "https://evil[::1]/", "https://[2a00::1]x:443/"])
def test_nothing_stands_beside_brackets(url: str) -> None:
    assert check_url(url, NONE) in {"bad_host", "not_a_url"}


@pytest.mark.parametrize("host", NUMERIC_HOSTS)
def test_an_address_in_disguise_is_refused_at_once(host: str) -> None:
    assert check_url(f"https://{host}/hook", NONE) == "numeric_host"
    assert check_url(f"https://{host}:8443", NONE) == "numeric_host"


@pytest.mark.parametrize("address", [address for address, _ in SPECIAL])
def test_a_special_address_in_plain_form_is_refused(address: str) -> None:
    assert check_url(f"https://{_in_url(address)}/hook", NONE) == "not_public"


@pytest.mark.parametrize("host", [wide("127.0.0.1"), "127。0。0。1", "①②⑦.⓪.⓪.①"])
def test_digits_of_other_scripts_are_read_as_resolvers_do(host: str) -> None:
    assert check_url(f"https://{host}/", NONE) == "not_public"


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_in_plain_form_passes(address: str) -> None:
    assert check_url(f"https://{_in_url(address)}/hook", NONE) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8099/hook",
        "https://127.0.0.1:8099/hook",
        "http://receiver.test/",
        "http://RECEIVER.test.:1234/",
        "http://[::1]/",
        "http://[0:0::1]:80/",
        "http://two.test:8000/",
    ],
)
def test_the_operators_own_hosts_may_be_anything(url: str) -> None:
    assert check_url(url, SOME) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:8098/", "not_https"),
        ("http://127.0.0.1/", "not_https"),
        ("https://127.0.0.1/", "not_public"),
        ("http://two.test/", "not_https"),
        ("https://two.test:8001/", "bad_port"),
        ("http://[::1]:81/", "not_https"),
        ("http://a.receiver.test/", "not_https"),
        ("http://receiver.test:0/", "bad_port"),
        ("http://user@receiver.test/", "userinfo"),
        ("ftp://receiver.test/", "not_https"),
        ("http://127.1:8099/", "numeric_host"),
    ],
)
def test_what_is_not_listed_stays_refused(url: str, reason: str) -> None:
    assert check_url(url, SOME) == reason


@pytest.mark.parametrize(
    "setting",
    [
        "http://receiver.test",
        "receiver.test/hook",
        "receiver.test:",
        "receiver.test:0",
        "receiver.test:65536",
        "receiver.test:http",
        "user@receiver.test",
        "*.test",
        "a b",
        "127.1",
        "0x7f000001:80",
        "::1",
        "[::1",
        "good.test, bad host",
        "receiver.test#x",
        "receiver.test?x",
        "10.0.0.0/8",
    ],
)
def test_a_setting_that_is_none_is_named(setting: str) -> None:
    with pytest.raises(ValueError, match="neither a host nor host:port"):
        AllowedHosts.parse(setting)


def test_an_empty_setting_allows_nobody() -> None:
    assert AllowedHosts.parse("") == AllowedHosts.parse(" , ") == NONE


@pytest.mark.parametrize(
    ("url", "origin", "authority", "target"),
    [
        ("https://Clinic.Example.", Origin("https", "clinic.example", 443), "clinic.example", "/"),
        ("https://a.example:8443/x?y", Origin("https", "a.example", 8443), "a.example:8443", "/x?y"),
        (
            "https://bücher.example/grüße?ü={1}",
            Origin("https", "xn--bcher-kva.example", 443),
            "xn--bcher-kva.example",
            "/gr%C3%BC%C3%9Fe?%C3%BC={1}",
        ),
        (
            "https://[2A00:0::1]:8443/%2F",
            Origin("https", "2a00::1", 8443),
            "[2a00::1]:8443",
            "/%2F",
        ),
        ("http://receiver.test:80?q", Origin("http", "receiver.test", 80), "receiver.test", "/?q"),
        ("https://straße.example/", Origin("https", "xn--strae-oqa.example", 443), "xn--strae-oqa.example", "/"),
    ],
)
def test_what_is_sent(url: str, origin: Origin, authority: str, target: str) -> None:
    read = read_url(url, SOME)
    assert (read.origin, read.origin.authority, read.target) == (origin, authority, target)


def test_the_error_holds_the_reason_alone() -> None:
    with pytest.raises(UrlRefused) as refused:
        read_url("https://user:word@clinic.example/", NONE)
    assert str(refused.value) == refused.value.reason == "userinfo"


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address
