"""The command for operators: it shows the plan, asks, follows the campaign and leaves a report."""

import importlib
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from services.gateway.clinics.schemas import CreatedKey
from tests.integration.gateway.campaign_rows import Ward, answer, planned

# `__main__` is a module like any other here.
command: Callable[..., int] = importlib.import_module("services.gateway.reruns.__main__").main


def carry_out_soon(ward: Ward, client: httpx.Client) -> threading.Thread:
    """Carry out the first campaign that is started."""

    def wait_and_work() -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            running = [one["id"] for one in client.get("/v1/reruns").json()["items"] if one["state"] == "running"]
            if running:
                ward.carry_out(running[0], {}, other=answer("refer"))
                return
            time.sleep(0.05)

    thread = threading.Thread(target=wait_and_work)
    thread.start()
    return thread


def test_a_campaign_from_plan_to_report_and_publication(
    ward: Ward,
    manager: CreatedKey,
    manager_client: httpx.Client,
    base_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cases = ward.cases([answer(), answer(), "undecodable_image"])
    access = ["--base-url", base_url, "--key", manager.key, "--output", str(tmp_path)]
    worker = carry_out_soon(ward, manager_client)
    assert command(["run", ward.candidate(), "--decision", "review", "--yes", *access]) == 0
    worker.join()
    said = capsys.readouterr().out
    assert "selected  2, to be run 2" in said
    assert "(not measured) by the clock" in said
    (folder,) = tmp_path.iterdir()
    assert f"report    {folder / 'report.html'}" in said
    told = json.loads((folder / "report.json").read_text())
    assert (told["compared"], told["flips"], told["rerun"]["id"]) == (2, 2, folder.name)
    assert (folder / "report.csv").read_text().count("\n") == 3
    assert (folder / "report.html").read_text().endswith("</html>\n")
    assert command(["promote", folder.name, "--max-flip-ratio", "0.5", *access]) == 1
    assert "flip_ratio_exceeded" in capsys.readouterr().err
    assert command(["promote", folder.name, *access]) == 0
    assert command(["rollback", folder.name, *access]) == 0
    assert "rolled back 2, conflicts 0, left 0" in capsys.readouterr().out
    assert len(cases) == 3


def test_nothing_is_started_without_a_yes(
    ward: Ward,
    manager: CreatedKey,
    manager_client: httpx.Client,
    base_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ward.cases([answer()])
    access = ["--base-url", base_url, "--key", manager.key]
    assert command(["run", ward.candidate(), *access], ask=lambda _question: "no") == 0
    assert "not started" in capsys.readouterr().out
    assert [one["state"] for one in manager_client.get("/v1/reruns").json()["items"]] == ["planned"]


def test_what_is_refused_is_said(
    ward: Ward, manager: CreatedKey, manager_client: httpx.Client, base_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ward.cases([answer()])
    rerun = planned(manager_client, ward.candidate())["id"]
    access = ["--base-url", base_url, "--key", manager.key]
    assert command(["pause", rerun, *access]) == 1
    assert "not_running" in capsys.readouterr().err
    assert command(["run", f"mdl_{'0' * 26}", *access]) == 1
    assert "unknown_model" in capsys.readouterr().err
    assert command(["follow", rerun, "--base-url", "http://127.0.0.1:9", "--key", "k"]) == 1
    assert "cannot be reached" in capsys.readouterr().err
