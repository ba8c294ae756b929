"""README keeps its word: its answer is the graph's, its commands run, its links lead somewhere."""

import csv
import io
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from diplograph.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = "\n".join(re.findall(r"^```console\n(.*?)^```", README, re.DOTALL | re.MULTILINE))
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
    monkeypatch.setattr("diplograph.build.build.judge", lambda *_: judged_real)
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
    (question,) = re.findall(r"\(`([a-z-]+)`\)", README.split("| label |")[0])
    result = run(f"diplograph ask {question} --format csv")
    rows = csv.DictReader(io.StringIO(result.stdout))
    assert shown == [[row[column] for column in columns] for row in rows]


def test_the_passage_on_top_is_the_graphs():
    command, shown = re.search(
        r"^\$ (diplograph why .*?)\n(.*?)^```", README, re.DOTALL | re.M
    ).groups()
    assert run(command).stdout.strip() == shown.strip()


def test_every_file_the_readme_links_to_is_there():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_python_of_the_readme_runs(capsys):
    pytest.importorskip("pandas")
    (code,) = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    exec(compile(code, "README.md", "exec"), {})
    assert "Lavrov-Jaishankar talks in Moscow" in capsys.readouterr().out
