"""The judgement over known holes, and what is made of a tool that finds some, cannot ask, or is not there."""

import json
import sys
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy import dependencies
from deploy.dependencies import Accepted, Finding, NotAudited, accepted, audit, judge, of_npm, of_python

TODAY = date(2026, 12, 1)
HOLE = Finding("pillow", "PYSEC-1", "1.0", ("GHSA-1",))


def entry(identifier: str = "GHSA-1", package: str = "pillow", look_again: date = date(2027, 1, 1)) -> Accepted:
    return Accepted(identifier, package, "not used", look_again)


def test_what_is_found_is_open_unless_it_is_accepted_by_any_of_its_names() -> None:
    assert judge([], [], TODAY, whole=True) == []
    assert judge([HOLE], [], TODAY, whole=True) == ["pillow 1.0: PYSEC-1 is not accepted"]
    assert judge([HOLE, HOLE], [entry()], TODAY, whole=True) == []
    assert judge([HOLE], [entry("PYSEC-1")], TODAY, whole=True) == []
    assert len(judge([HOLE], [entry(package="torch")], TODAY, whole=False)) == 1


def test_what_is_accepted_has_its_day_and_goes_when_it_occurs_no_more() -> None:
    late = [entry(look_again=TODAY)]
    assert judge([HOLE], late, TODAY, whole=True) == ["pillow: GHSA-1 was accepted until 2026-12-01: look again"]
    assert judge([], [entry()], TODAY, whole=True) == ["pillow: GHSA-1 is accepted and occurs no more: strike it off"]
    assert judge([], [entry()], TODAY, whole=False) == [], "where a source was not asked nobody knows"


def test_the_list_has_a_reason_and_a_day_for_each() -> None:
    accepted(dependencies.LIST.read_text())
    good = '[[finding]]\nid = "A"\npackage = "b"\nreason = "c"\nlook_again = 2027-01-01\n'
    assert accepted(good) == [Accepted("A", "b", "c", date(2027, 1, 1))]
    for bad in ('"c"', "2027-01-01"), ('""', "2027-01-01"), ('"c"', '"2027-01-01"'):
        text = good.replace('"c"', bad[0]).replace("2027-01-01", bad[1])
        if text != good:
            with pytest.raises(ValueError, match="reason"):
                accepted(text)
    with pytest.raises(ValueError, match="look_again"):
        accepted(good.replace("look_again = 2027-01-01", ""))


def saying(folder: Path, said: Any, status: int = 0) -> list[str]:
    """Return a program that says this, whatever it is asked, and ends so."""
    text = said if isinstance(said, str) else json.dumps(said)
    (folder / "tool.py").write_text(
        f"import sys\nsys.stdout.write({text!r})\nsys.stderr.write('no way\\n')\nsys.exit({status})\n"
    )
    return [sys.executable, str(folder / "tool.py")]


def test_the_words_of_pip_audit(tmp_path: Path) -> None:
    hole = {"id": "PYSEC-1", "fix_versions": [], "aliases": ["GHSA-1"]}
    packages = [{"name": "Pillow", "version": "1.0", "vulns": [hole]}, {"name": "x", "version": "2", "vulns": []}]
    assert of_python(program=saying(tmp_path, {"dependencies": packages, "fixes": []}, 1)) == [HOLE]


def test_the_words_of_npm(tmp_path: Path) -> None:
    via = {"source": 1, "name": "tar", "url": "https://github.com/advisories/GHSA-2", "severity": "high", "range": "<2"}
    told = {"vulnerabilities": {"tar": {"via": [via]}, "npm": {"via": ["tar"]}}, "metadata": {}}
    assert of_npm(tmp_path, saying(tmp_path, told, 1)) == [Finding("tar", "GHSA-2", "<2")]
    nothing: dict[str, object] = {"vulnerabilities": {}, "metadata": {}}
    assert of_npm(tmp_path, saying(tmp_path, nothing)) == []


def test_whoever_cannot_be_asked_has_found_nothing_out(tmp_path: Path) -> None:
    with pytest.raises(NotAudited, match="no way"):
        of_python(program=saying(tmp_path, "", 1))
    with pytest.raises(NotAudited, match="not installed"):
        of_python(program=["/nowhere/pip-audit"])
    with pytest.raises(NotAudited, match="ENOAUDIT"):
        of_npm(tmp_path, saying(tmp_path, {"error": {"code": "ENOAUDIT", "summary": ""}}, 1))
    with pytest.raises(NotAudited, match="403"):
        of_npm(tmp_path, saying(tmp_path, {"message": "403 Forbidden"}, 1))
    with pytest.raises(NotAudited, match="none"):
        of_npm(tmp_path, saying(tmp_path, []))


def test_whoever_takes_the_question_and_is_silent_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text("import signal\nsignal.pause()\n")
    with pytest.raises(NotAudited, match="did not end within"):
        of_npm(tmp_path, [sys.executable, str(tmp_path / "silent.py")], patience_s=0.2)


def test_a_source_that_is_silent_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quiet, good, bad = (tmp_path / name for name in "qgb")
    for folder in (quiet, good, bad):
        folder.mkdir()
    hole = {"dependencies": [{"name": "p", "version": "1", "vulns": [{"id": "H", "aliases": []}]}]}
    tools = {"quiet": saying(quiet, "", 1), "good": saying(good, {"dependencies": []}), "bad": saying(bad, hole, 1)}

    def asked(*names: str) -> int:
        return audit([(name, partial(of_python, program=tools[name])) for name in names], [], TODAY)

    assert asked("good") == 0
    assert asked("good", "quiet") == dependencies.NOT_AUDITED
    assert "NOT AUDITED: quiet: status 1: no way" in capsys.readouterr().err
    assert asked("bad", "quiet") == 1
    assert "OPEN: p 1: H is not accepted" in capsys.readouterr().out
