"""The lines that a person reads."""

import io

from services.standalone.console import Console, parsed, readable


def test_a_json_line_becomes_readable() -> None:
    line = '{"event": "claimed", "level": "info", "runs": 3, "service": "inference", "timestamp": "2026-01-01"}'
    assert readable(line) == "claimed runs=3"


def test_a_warning_says_so() -> None:
    assert readable('{"event": "late", "level": "warning"}') == "WARNING late"


def test_other_lines_stay_as_they_are() -> None:
    for line in ("LOG:  ready", "{not json}", '{"no": "event"}', "[1]", ""):
        assert readable(line) == line
        assert parsed(line) is None


def test_plain_where_it_is_no_terminal() -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.line("gateway", "hello")
    console.say("careful", alarm=True)
    assert stream.getvalue() == "gateway    | hello\nlesionlens | careful\n"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_on_a_terminal_unless_refused() -> None:
    coloured, refused = _Terminal(), _Terminal()
    Console(coloured).line("gateway", "hello")
    Console(refused, no_color="1").line("gateway", "hello")
    assert coloured.getvalue() == "\033[36mgateway    |\033[0m hello\n"
    assert refused.getvalue() == "gateway    | hello\n"


def test_each_service_keeps_its_colour() -> None:
    stream = io.StringIO()
    console = Console(stream, colour=True)
    for name in ("gateway", "inference", "gateway"):
        console.line(name, "x")
    first, second, third = stream.getvalue().splitlines()
    assert first == third
    assert first[:5] != second[:5]
