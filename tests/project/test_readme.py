"""README and docs/: answers are the graph's, commands and Python run, links lead somewhere."""

import csv
import io
import re
import shlex
import subprocess
import sys

import pytest
from click.testing import CliRunner

from diplograph.cli import main
from fixtures.cached_builds import build_here
from fixtures.project_files import ROOT


def documents():
    """Return the Markdown files of the project for readers."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


DOCUMENTS = {path: path.read_text(encoding="utf-8") for path in documents()}
README = DOCUMENTS[ROOT / "README.md"]
TEXTS = "\n".join(DOCUMENTS.values())
CONSOLE = "\n".join(re.findall(r"^```console\n(.*?)^```", TEXTS, re.DOTALL | re.MULTILINE))
COMMANDS = re.findall(r"^\$ (diplograph .*)$", CONSOLE, re.MULTILINE)


@pytest.fixture(autouse=True)
def home(real_home, monkeypatch):
    """Have commands and Python find a built copy of the project's home."""
    monkeypatch.setenv("DIPLOGRAPH_HOME", str(real_home))


def run(command):
    program, *arguments = shlex.split(command)
    assert program == "diplograph"
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_runs(command, judged_real, monkeypatch):
    build_here(monkeypatch, judged_real)
    result = run(command)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() or "--check" in command  # no news is good news


def test_the_readme_shows_commands():
    assert len(COMMANDS) >= 8


def test_the_answer_on_top_is_the_graphs():
    table = re.findall(r"^\| (.*) \|$", README.split("## Two commands")[0], re.MULTILINE)
    columns = table[0].split(" | ")
    shown = [[cell.strip() for cell in row.split(" | ")] for row in table[1:]]
    shown = [row for row in shown if not row[0].startswith("---")]
    (question,) = re.findall(r"\(`([a-z-]+)`\)", README.split("| eventLabel |")[0])
    result = run(f"diplograph ask {question} --format csv")
    rows = csv.DictReader(io.StringIO(result.stdout))
    assert shown == [[row[column] for column in columns] for row in rows]


def test_the_passage_on_top_is_the_graphs():
    command, shown = re.search(
        r"^\$ (diplograph why .*?)\n(.*?)^```", README, re.DOTALL | re.M
    ).groups()
    assert run(command).stdout.strip() == shown.strip()


def test_every_file_that_a_document_links_to_is_there():
    links = {
        (path.name, link, path.parent / link)
        for path, text in DOCUMENTS.items()
        for link in re.findall(r"\]\((?!http)([^)#]+)\)", text)
    }
    assert len(links) > 10
    assert [link[:2] for link in sorted(links) if not link[2].exists()] == []


def test_every_path_of_the_map_is_there():
    named = set(
        re.findall(r"`((?:src/diplograph|web|core|cli|tests|ontology|data)/[\w./]*)`", TEXTS)
    )
    package = ROOT / "src" / "diplograph"
    assert len(named) > 20
    assert (
        sorted(
            name for name in named if not (ROOT / name).exists() and not (package / name).exists()
        )
        == []
    )


def test_the_diagrams_are_those_of_the_imports():
    script = ROOT / "docs" / "draw_imports.py"
    checked = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert checked.stdout == ""
    assert checked.returncode == 0


def test_the_python_of_the_readme_runs(capsys):
    pytest.importorskip("pandas")
    (code,) = re.findall(r"^```python\n(.*?)^```", TEXTS, re.DOTALL | re.MULTILINE)
    exec(compile(code, "docs/using.md", "exec"), {})
    assert "Lavrov-Jaishankar talks in Moscow" in capsys.readouterr().out
