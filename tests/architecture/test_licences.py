"""The licences of what is installed, as the packages name them: none may be one that binds our users' code."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Final

from tests.architecture.sources import ROOT

FREE: Final = re.compile(
    r"MIT|BSD|Apache|PSF|Python Software Foundation|ISC|MPL|Mozilla Public|Zlib|HPND|CC0|Unlicense|BSL-1\.0",
    re.IGNORECASE,
)
BINDING: Final = re.compile(r"GPL|GNU|SSPL|Commons Clause|BUSL|proprietary|non-?commercial", re.IGNORECASE)
# Under the Lesser GPL: used as libraries of their own, unchanged, which whoever runs it can replace.
LESSER: Final = {
    "pi-heif": "decodes HEIC; it brings libheif and libde265",
    "psycopg2-binary": "speaks to Postgres",
}


def pinned() -> list[str]:
    return re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "constraints.txt").read_text(), re.MULTILINE)


def licence_of(found: Distribution) -> str:
    def told(field: str) -> list[str]:
        return found.metadata.get_all(field) or []

    classifiers = [line for line in told("Classifier") if line.startswith("License")]
    named = told("License-Expression") or classifiers or [line.split("\n")[0] for line in told("License")]
    if named:
        return "; ".join(named)
    # One that names none in words still brings its text, of which the first line says which it is.
    return "; ".join((found.read_text(f"licenses/{file}") or "").split("\n")[0] for file in told("License-File"))


def installed() -> dict[str, str]:
    """Return the licences of what is pinned and installed here: not every group is on every machine."""
    found = {}
    for name in pinned():
        try:
            found[re.sub(r"[-_.]+", "-", name).lower()] = licence_of(distribution(name))
        except PackageNotFoundError:
            continue
    return found


def test_every_package_names_a_licence_that_we_know() -> None:
    licences = installed()
    assert len(licences) > 100
    others = {name: licence for name, licence in licences.items() if name not in LESSER}
    assert {name: licence for name, licence in others.items() if not FREE.search(licence)} == {}
    assert {name: licence for name, licence in others.items() if BINDING.search(licence)} == {}


def test_what_is_under_the_lesser_gpl_is_named() -> None:
    licences = installed()
    assert {name for name, licence in licences.items() if BINDING.search(licence)} == set(LESSER) & set(licences)
    assert all("Lesser" in licences[name] or "LGPL" in licences[name] for name in LESSER if name in licences)
