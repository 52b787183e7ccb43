"""The words after `python -m services.standalone`."""

import pytest

from services.standalone.__main__ import parser


@pytest.mark.parametrize(
    ("words", "command", "detach"),
    [
        ([], "start", False),
        (["--detach"], "start", True),
        (["start"], "start", False),
        (["start", "--detach"], "start", True),
        (["--detach", "start"], "start", True),
        (["stop"], "stop", False),
        (["status"], "status", False),
    ],
)
def test_what_is_asked_for(words: list[str], command: str, *, detach: bool) -> None:
    options = parser().parse_args(words)
    assert (options.command or "start", options.detach) == (command, detach)


def test_a_command_beside_keeps_its_own_options() -> None:
    assert parser().parse_args(["beside", "python", "--detach", "--json"]).words == ["python", "--detach", "--json"]
