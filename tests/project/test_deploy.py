"""The files for deployment: what they name is there, what they set fits what the server does."""

import re
import shlex
import subprocess
from configparser import RawConfigParser

import pytest

from diplograph.cli.serve import serve_command as serve
from diplograph.store.interface import QueryBounds
from diplograph.web.protocol.requests import LONGEST_ADDRESS
from fixtures.deployment import IMAGE, INSTRUCTIONS, SITE, UNIT, instructions, require
from fixtures.project_files import ROOT

MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def unit():
    """Return the unit's service section; of a setting that stands twice, the last."""
    parser = RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read_string(UNIT)
    return parser["Service"]


@pytest.fixture(scope="module")
def started(unit):
    """Return how the unit's command line sets the options of `diplograph serve`."""
    program, verb, *arguments = shlex.split(unit["ExecStart"])
    assert (program, verb) == ("/opt/diplograph/bin/diplograph", "serve")
    return serve.make_context("serve", arguments).params


def directive(name):
    """Return the value of a directive that stands once in the site."""
    (value,) = re.findall(rf"^\s*{name}\s+([^;]*);", SITE, re.MULTILINE)
    return value


# ---- the systemd unit ---------------------------------------------------------------------------


def test_systemd_takes_every_setting_of_the_unit(tmp_path):
    program = require("systemd-analyze")
    checked = tmp_path / "diplograph.service"
    assert "/opt/diplograph/bin/diplograph" in UNIT
    checked.write_text(UNIT.replace("/opt/diplograph/bin/diplograph", "/bin/sh"), encoding="utf-8")
    done = subprocess.run([program, "verify", checked], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_finds_the_unit_exposed_to_little(tmp_path):
    command = [require("systemd-analyze"), "security", "--offline=true", "--threshold=15"]
    checked = tmp_path / "diplograph.service"
    checked.write_text(UNIT, encoding="utf-8")
    done = subprocess.run([*command, checked], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-200:] + done.stderr


def test_the_unit_trusts_the_proxy_that_alone_can_reach_it(started):
    assert started["trust_proxy"]
    assert started["host"] == "127.0.0.1"
    assert f"server 127.0.0.1:{started['port']} " in SITE


def test_the_unit_leaves_queries_the_memory_that_its_bounds_give_them(unit, started):
    queries = started["workers"] + started["long_queries"]
    assert unit["MemoryMax"] == "6G"
    needed = queries * started["memory_mebibytes"] + started["build_mebibytes"]
    assert needed <= 0.85 * 6 * 1024


def test_the_unit_goes_on_when_a_worker_is_out_of_memory(unit):
    assert unit["OOMPolicy"] == "continue"


def test_the_unit_lets_running_queries_end(unit, started):
    assert unit["KillMode"] == "mixed"
    assert int(unit["TimeoutStopSec"]) > started["seconds"]


def test_the_unit_lets_a_worker_lower_its_own_priority_and_memory():
    filters = re.findall(r"^SystemCallFilter=(.*)$", UNIT, re.MULTILINE)
    assert filters == ["@system-service", "~@privileged"]


# ---- the nginx site -----------------------------------------------------------------------------


def test_the_site_lets_the_server_say_itself_what_became_of_a_query(started):
    assert int(directive("proxy_read_timeout").removesuffix("s")) > 2 * started["seconds"]
    assert directive("proxy_next_upstream") == "off"


def test_the_site_passes_the_longest_query_that_the_server_takes():
    (most,) = re.findall(r"client_max_body_size\s+(\d+)m;", SITE)
    assert int(most) * MEBIBYTE > 3 * QueryBounds.query_kibibytes * 1024  # three bytes for each
    (size,) = re.findall(r"large_client_header_buffers \d+ (\d+)k;", SITE)
    assert int(size) * 1024 >= LONGEST_ADDRESS


# ---- the container file -------------------------------------------------------------------------


def test_every_file_that_the_image_copies_is_there():
    copied = [rest.split()[:-1] for rest in instructions("COPY") if "--from" not in rest]
    names = [name for names in copied for name in names]
    assert {"src", "ontology", "data", "queries", "constraints.txt"} <= set(names)
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_the_image_starts_the_server_with_options_that_it_has():
    (entry,), (command,) = instructions("ENTRYPOINT"), instructions("CMD")
    words = re.findall(r'"([^"]*)"', entry) + re.findall(r'"([^"]*)"', command)
    assert words[:2] == ["diplograph", "serve"]
    parameters = serve.make_context("serve", words[2:]).params
    assert parameters["host"] == "0.0.0.0"
    assert instructions("EXPOSE") == [str(parameters["port"])]


def test_both_stages_of_the_image_have_the_same_python():
    stages = [stage.split()[0] for stage in instructions("FROM")]
    assert len(stages) == 2
    assert len(set(stages)) == 1


def test_the_image_installs_what_is_pinned_and_runs_as_nobody():
    assert "PIP_CONSTRAINT=/source/constraints.txt" in IMAGE
    assert instructions("USER") == ["65532:65532"]
    assert [line for line in instructions("RUN") if "diplograph build" in line]
    assert INSTRUCTIONS[-1][0] == "CMD"
