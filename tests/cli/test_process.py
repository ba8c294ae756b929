"""The command line as a process: Ctrl-C, a full disk, completion in a shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

MAIN = "from diplograph.cli import main; main(prog_name='diplograph')"
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
# Says when the query begins; a shell without job control may have SIGINT ignored.
TOLD = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from diplograph.api import Graph
query = Graph.query
def tell(*arguments, **values):
    print("asked", flush=True)
    return query(*arguments, **values)
Graph.query = tell
"""


@pytest.mark.skipif(os.name != "posix", reason="another system has other signals")
def test_ctrl_c_ends_a_long_query_at_once(graph):
    command = [sys.executable, "-c", TOLD + MAIN, "--home", str(graph.home.root), "ask", LONG]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "asked\n"
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=20) == -signal.SIGINT  # 130, as a shell tells it
        finally:
            process.kill()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize(
    "arguments",
    [["show", "state:XAA"], ["export", "--format", "nquads"], ["ask"], ["show", "-h"]],
)
def test_an_output_that_cannot_be_written_is_one_clear_line(graph, arguments):
    command = [sys.executable, "-c", MAIN, "--home", str(graph.home.root), *arguments]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    said = "diplograph: the output cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (3, said)


def test_completion_is_silent_where_there_is_no_home(tmp_path):
    environment = {
        **os.environ,
        "DIPLOGRAPH_HOME": str(tmp_path / "nowhere"),
        "_DIPLOGRAPH_COMPLETE": "bash_complete",
        "COMP_WORDS": "diplograph ask off",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [sys.executable, "-c", MAIN], capture_output=True, text=True, env=environment
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")
