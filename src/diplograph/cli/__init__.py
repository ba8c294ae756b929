"""The command line: one thin module for each command, loaded when it is called for."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diplograph.core.errors import DiplographError

if TYPE_CHECKING:
    from diplograph.api import Graph
    from diplograph.core.home import Home


# In the order of use; the modules carry the same names.
COMMANDS = tuple("build check ask show why export serve push tidy init completion".split())
INTERNAL = 4
UNWRITABLE = 3

_HELP = """\
Ask a graph of diplomatic engagement, and ask it where each fact comes from.

\b
Examples:
  diplograph ask planned-not-held
  diplograph show "Sergey Lavrov"
  diplograph --home . show state:IND

Exit codes: 0 all is well, 1 something was found or not found, 2 wrong usage, 3 an input that
cannot be read or parsed or an output that cannot be written, 4 a fault in the program.
"""


@dataclass(frozen=True)
class Session:
    """What every command is given: the home that was chosen, and whether to show tracebacks."""

    directory: Path | None = None
    debug: bool = False

    def home(self) -> Home:
        """Return the chosen home; raises UnreadableFile when it is none."""
        from diplograph.core.home import Home

        return Home.find(self.directory)

    def load(self) -> Graph:
        """Return the graph of the home, built first where its files have changed."""
        from diplograph.api import load
        from diplograph.cli.progress import show_progress

        with show_progress() as tell:
            return load(self.directory, progress=tell)


class Commands(click.Group):
    """The main group; the one edge at which an error becomes a line and an exit code."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the commands in the order of use."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return the command of that name from its module, or None."""
        if name not in COMMANDS:
            return None
        return import_module(f"diplograph.cli.{name}").command

    def invoke(self, context: click.Context) -> Any:
        """Run a command; a DiplographError becomes its exit code, anything unforeseen 4."""
        return _guard(lambda: super(Commands, self).invoke(context), context)


def _guard(run: Callable[[], Any], context: click.Context) -> Any:
    try:
        given = run()
        sys.stdout.flush()  # what cannot be written is to be known here, not at the very end
        return given
    except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise
    except OSError as error:
        if error.filename is not None or context.params["debug"]:
            code, said = INTERNAL, _say_fault(error, context)
        else:
            code, said = UNWRITABLE, f"the output cannot be written: {error.strerror or error}"
            _drop_output()
    except DiplographError as error:
        code, said = error.exit_code, str(error)
    except Exception as error:
        code, said = INTERNAL, _say_fault(error, context)
    click.echo(f"diplograph: {said}", err=True)
    return context.exit(code)


def _say_fault(error: Exception, context: click.Context) -> str:
    if context.params["debug"]:
        return traceback.format_exc()
    fault = f"{type(error).__name__}: {error}".splitlines()[0]
    return f"a fault in the program: {fault} (--debug says more)"


def _drop_output() -> None:
    """Let what is still held for standard output go nowhere, or Python would try once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


@click.group(cls=Commands, help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder with ontology/, data/ and queries/.  [default: $DIPLOGRAPH_HOME, or what came"
    " with the program]",
)
@click.option("--debug", is_flag=True, help="Show the traceback of a fault.")
@click.version_option(package_name="diplograph", message="diplograph %(version)s")
@click.pass_context
def main(context: click.Context, directory: Path | None, debug: bool) -> None:
    """Run a command with the chosen home."""
    context.obj = Session(directory, debug)
