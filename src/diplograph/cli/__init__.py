"""Command line: one module for each command, imported when the command is run."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diplograph.core.errors import DiplographError
from diplograph.core.terminal import escape_controls

if TYPE_CHECKING:
    from diplograph.api import Graph
    from diplograph.core.home import Home


# In the order of use. Each is a module of that name with a function of that name and _command.
COMMANDS = tuple(
    "build check ask show why brief export serve push tidy upgrade init completion".split()
)
INTERNAL_EXIT = 4
UNWRITABLE_EXIT = 3

_HELP = """\
Query a graph of diplomatic engagement, and see where each fact comes from.

\b
Examples:
  diplograph ask planned-not-held
  diplograph show "Sergey Lavrov"
  diplograph --home . show state:IND

\b
Exit codes:
  0  success
  1  a check found something, or a name was not found
  2  wrong usage
  3  an input cannot be read, or an output cannot be written
  4  a fault in the program
"""


@dataclass(frozen=True)
class Session:
    """The options before the command: the folder of the home, and whether to show tracebacks."""

    directory: Path | None = None
    debug: bool = False

    def home(self) -> Home:
        """Return the home to work on; raises UnreadableFile when the folder is none."""
        from diplograph.core.home import Home

        return Home.find(self.directory)

    def load(self) -> Graph:
        """Return the graph of the home, built first where its files have changed."""
        from diplograph.api import load_graph
        from diplograph.cli.layout import show_progress

        with show_progress() as show_stage:
            return load_graph(self.directory, progress=show_stage)


class Commands(click.Group):
    """The main group, which turns every error into one line and an exit code."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the commands in the order of use."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return the command of that name from its module, or None."""
        if name not in COMMANDS:
            return None
        return getattr(import_module(f"diplograph.cli.{name}"), f"{name}_command")

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Return the context of the options before the command."""
        with _escaped_usage():
            return super().make_context(*arguments, **options)

    def invoke(self, context: click.Context) -> Any:
        """Run a command; a DiplographError gives its own exit code, any other exception 4."""
        try:
            with _escaped_usage():
                result = super().invoke(context)
            sys.stdout.flush()  # so that output that cannot be written raises here
            return result
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except OSError as error:
            if error.filename is not None or context.params["debug"]:
                code, message = INTERNAL_EXIT, _describe_fault(error, context)
            else:
                code = UNWRITABLE_EXIT
                message = f"the output cannot be written: {error.strerror or error}"
                # Or Python would flush its buffer once more.
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, sys.stdout.fileno())
                os.close(null)
        except DiplographError as error:
            code, message = error.exit_code, str(error)
        except Exception as error:
            code, message = INTERNAL_EXIT, _describe_fault(error, context)
        click.echo(escape_controls(f"diplograph: {message}", "\n\t"), err=True)
        return context.exit(code)


def echo_line(text: object, *, error: bool = False) -> None:
    """Write one line for people to stdout or stderr, what a terminal acts on as escapes."""
    click.echo(escape_controls(str(text)), err=error)


@contextmanager
def _escaped_usage() -> Iterator[None]:
    """Let click's own errors, which repeat arguments, have nothing that a terminal acts on."""
    try:
        yield
    except click.ClickException as error:
        error.message = escape_controls(error.message, "\n")
        raise


def _describe_fault(error: Exception, context: click.Context) -> str:
    if context.params["debug"]:
        return traceback.format_exc()
    fault = f"{type(error).__name__}: {error}".splitlines()[0]
    return f"a fault in the program: {fault} (--debug says more)"


@click.group(cls=Commands, help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder with ontology/, data/ and queries/.  [default: $DIPLOGRAPH_HOME, or the graph"
    " that comes with the program]",
)
@click.option("--debug", is_flag=True, help="Show the traceback of a fault.")
@click.version_option(package_name="diplograph", message="diplograph %(version)s")
@click.pass_context
def main(context: click.Context, directory: Path | None, debug: bool) -> None:
    """Hold the options before the command for it."""
    context.obj = Session(directory, debug)
