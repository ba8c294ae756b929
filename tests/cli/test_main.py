"""The command line as a whole: help that runs, exit codes, one clear line, a fast start."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

import diplograph
from diplograph.cli import COMMANDS, main
from diplograph.core.errors import BoundExceeded, DiplographError
from diplograph.remote.upload import UploadResult
from diplograph.store.interface import QueryBounds
from fixtures.cached_builds import build_here

HELP = {name: CliRunner().invoke(main, [name, "--help"]).stdout for name in COMMANDS}
HELP["diplograph"] = CliRunner().invoke(main, ["--help"]).stdout
EXAMPLES = sorted(
    {
        line.strip()
        for text in HELP.values()
        for line in text.partition("Example")[2].splitlines()
        if re.match(r"    (echo .*\| )?diplograph ", line)
    }
)


@pytest.fixture(scope="module")
def real(real_home, tmp_path_factory):
    """Return a folder with the project's own graph, which the examples speak of and write to."""
    return shutil.copytree(real_home, tmp_path_factory.mktemp("real") / "home", symlinks=True)


def run(*arguments, **options):
    return CliRunner().invoke(main, [str(each) for each in arguments], **options)


# ---- help ---------------------------------------------------------------------------------


def test_every_command_has_an_example_in_its_help():
    assert [name for name, text in HELP.items() if "Example" not in text] == []
    assert len(EXAMPLES) > len(COMMANDS)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_in_help_runs(example, real, judged_real, monkeypatch):
    served = []
    build_here(monkeypatch, judged_real)
    monkeypatch.setattr(
        "diplograph.web.server.service.serve", lambda *args, **_: served.append(args)
    )
    copied = SimpleNamespace(files=("index.html",), broken=(), left_out=())
    monkeypatch.setattr("diplograph.web.static_site.write_site", lambda *_, **__: copied)
    monkeypatch.setattr(
        "diplograph.remote.upload.upload", lambda *_, **__: UploadResult("", {}, {})
    )
    monkeypatch.chdir(real)
    monkeypatch.setenv("DIPLOGRAPH_HOME", str(real))
    before, _, command = example.partition(">")[0].rpartition("|")
    program, *arguments = shlex.split(command)
    result = run(*arguments, input=" ".join(shlex.split(before)[1:]))
    shutil.rmtree(real / "my-graph", ignore_errors=True)
    assert program == "diplograph"
    assert result.exit_code == 0, result.output
    assert served or result.stdout or "tidy" in arguments or "-o" in arguments


def test_the_help_lists_every_command_in_the_order_of_use():
    listed = re.findall(r"^  ([a-z]+) ", HELP["diplograph"].partition("Commands:")[2], re.M)
    assert listed == list(COMMANDS)


def test_every_option_says_what_it_is_for():
    silent = [
        f"{name} {parameter.name}"
        for name in COMMANDS
        for parameter in main.get_command(None, name).params
        if parameter.param_type_name == "option"
        and not parameter.help
        and parameter.name not in {"form", "host"}
    ]
    assert silent == []


def test_help_starts_at_once():
    script = "import sys; from diplograph.cli import main; main(['--help'])"
    fastest = float("inf")
    for _ in range(5):
        before = os.times()
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
        after = os.times()  # its processor time: what else runs here makes no difference
        spent = after.children_user + after.children_system
        fastest = min(fastest, spent - before.children_user - before.children_system)
    assert done.stdout
    assert 0 < fastest < 0.25


def test_help_loads_no_heavy_package():
    script = (
        "import sys\nfrom diplograph.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "print('loaded', *sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    loaded = done.stdout.partition("loaded ")[2].split()
    assert "click" in loaded
    assert {"rdflib", "pyshacl", "owlrl", "rich", "flask", "granian"} & set(loaded) == set()


def test_the_version_is_the_packages():
    assert run("--version").stdout == f"diplograph {diplograph.__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_completion(shell):
    result = run("completion", shell)
    assert result.exit_code == 0
    assert "_DIPLOGRAPH_COMPLETE" in result.stdout


def test_question_names_complete(world):
    environment = {
        **os.environ,
        "DIPLOGRAPH_HOME": str(world.root),
        "_DIPLOGRAPH_COMPLETE": "bash_complete",
        "COMP_WORDS": "diplograph ask offices",
        "COMP_CWORD": "2",
    }
    script = "from diplograph.cli import main; main(prog_name='diplograph')"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment
    )
    assert done.stdout == "plain,offices-held\n"


# ---- exit codes ---------------------------------------------------------------------------


def broken_home(world, root, file, content):
    """Return a copy of the world in which `file` has other bytes."""
    shutil.copytree(world.root, root, ignore=shutil.ignore_patterns(".diplograph"))
    (root / file).write_bytes(content)
    return root


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "person:nobody"], 1, "nothing in this graph is called 'person:nobody'"),
        (["show", "person:ada-vern"], 1, "did you mean 'person:ada-varn'"),
        (["ask", "offices-hold"], 1, "did you mean offices-held"),
        (["ask", "offices-held", "--param", "planet=x:y"], 2, "no parameter 'planet'"),
        (["ask", "offices-held", "--param", "person"], 2, "not of the form NAME=VALUE"),
        (["ask", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"], 2, ""),
        (["ask", "--param", "person=x:y"], 2, "name the question too"),
        (["ask", "SELECT * {"], 3, "line 1, column"),
        (["ask", "nowhere.rq"], 3, "nowhere.rq"),
        (["ask", "date-passed", "--param", "day=soon"], 3, "'soon' is not a date"),
        (["check", "--as-of", "soon"], 3, "'soon' is not a date"),
        (["why", "person:ada-varn", "dg:holder"], 2, "name one thing"),
        (["why", "person:ada-varn", "a", "dg:State"], 1, "no statement"),
        (["why", "person:ada-varn", "passage-x y:1", "z"], 1, "'passage-x y:1'"),
        (["ask", "offices-held", "--param", "person=person:nobody-x"], 1, "person:nobody-x"),
        (["export", "--format", "docx"], 2, "docx"),
        (["nonsense"], 2, "nonsense"),
        (["tidy", "nowhere.ttl"], 3, "nowhere.ttl"),
    ],
)
def test_a_refusal_has_its_exit_code_and_its_words(graph, arguments, code, said):
    result = run("--home", graph.home.root, *arguments)
    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("file", "content", "place"),
    [
        ("data/people.ttl", b"<urn:a> <urn:b> .\n", "data/people.ttl:1"),
        ("data/people.ttl", b"<urn:a> <urn:b> nowhere:c .\n", "data/people.ttl:1"),
        ("data/people.ttl", "# é\n".encode("latin-1"), "data/people.ttl:1"),
        ("queries/bad.rq", b"# Bad?\nSELECT {", "queries/bad.rq:2"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(world, tmp_path, file, content, place):
    home = broken_home(world, tmp_path / "home", file, content)
    for command in ("build", "check"):
        result = run("--home", home, command)
        assert result.exit_code == 3
        assert result.stderr.startswith(f"diplograph: {place}: ")
    assert not (home / ".diplograph").exists()


def test_a_folder_that_is_no_home_is_named(tmp_path):
    result = run("--home", tmp_path, "ask", "offices-held")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "ontology" in result.stderr


def test_a_fault_in_the_program_is_one_line(graph, monkeypatch):
    def fail(self):
        raise RuntimeError("the lamp went out\nand more")

    monkeypatch.setattr("diplograph.cli.Session.load", fail)
    result = run("--home", graph.home.root, "show", "state:XAA")
    assert result.exit_code == 4
    assert result.stderr.count("\n") == 1
    assert "RuntimeError: the lamp went out (--debug says more)" in result.stderr


def test_debug_shows_where_a_fault_arose(graph, monkeypatch):
    def fail(self):
        raise RuntimeError("the lamp went out")

    monkeypatch.setattr("diplograph.cli.Session.load", fail)
    result = run("--home", graph.home.root, "--debug", "show", "state:XAA")
    assert result.exit_code == 4
    assert "Traceback" in result.stderr
    assert "the lamp went out" in result.stderr


@pytest.mark.parametrize("error", [DiplographError("inside"), BoundExceeded("rows", bound="rows")])
def test_every_error_of_ours_gives_its_own_exit_code(graph, monkeypatch, error):
    def fail(self):
        raise error

    monkeypatch.setattr("diplograph.cli.Session.load", fail)
    assert run("show", "state:XAA").exit_code == error.exit_code


# ---- serve --------------------------------------------------------------------------------


@pytest.fixture
def served(monkeypatch):
    calls = []

    def serve(home, host, port, **options):
        calls.append((home.root, host, port, options))

    monkeypatch.setattr("diplograph.web.server.service.serve", serve)
    return calls


def test_serve_listens_on_this_machine_alone_by_default(world, served):
    assert run("--home", world.root, "serve").exit_code == 0
    ((root, host, port, _),) = served
    assert (root, host, port) == (world.root, "127.0.0.1", 8000)


def test_serve_takes_its_address_from_options(world, served):
    run("--home", world.root, "serve", "--host", "::1", "--port", "0", "--timeout", "2.5")
    ((_, host, port, options),) = served
    assert (host, port, options["seconds"]) == ("::1", 0, 2.5)


def test_serve_has_a_flag_for_every_bound_and_its_default_is_the_bounds_own(world, served):
    run("--home", world.root, "serve")
    ((*_, options),) = served
    bounds = {name: options[name] for name in vars(QueryBounds()) if name != "long_seconds"}
    assert bounds == {name: value for name, value in vars(QueryBounds()).items() if name in bounds}
    shown = " ".join(HELP["serve"].split())
    assert [each for each in bounds.values() if f"[default: {each};" not in shown] == []


def test_serve_passes_on_the_bounds_that_it_is_given(world, served):
    run("--home", world.root, "serve", "--max-rows", 7, "--max-result-mb", 8, "--max-long", 0)
    ((*_, options),) = served
    assert (options["rows"], options["result_mebibytes"], options["long_queries"]) == (7, 8, 0)


def test_serve_stops_at_a_question_that_cannot_be_asked(world, tmp_path, served):
    home = broken_home(world, tmp_path / "home", "queries/bad.rq", b"# Bad?\nSELECT {")
    result = run("--home", home, "serve")
    assert (result.exit_code, served) == (3, [])
    assert "queries/bad.rq:2" in result.stderr


def test_serve_takes_its_port_from_the_environment(world, served):
    run("--home", world.root, "serve", env={"PORT": "8001"})
    assert served[0][2] == 8001


def test_a_port_that_is_none_is_wrong_usage(world, served):
    assert run("--home", world.root, "serve", "--port", "99999").exit_code == 2
    assert served == []


def test_home_is_taken_from_the_environment(graph):
    result = run(
        "show", "state:XAA", "--format", "json", env={"DIPLOGRAPH_HOME": str(graph.home.root)}
    )
    assert json.loads(result.stdout)["thing"]["label"] == "Ardenia"
