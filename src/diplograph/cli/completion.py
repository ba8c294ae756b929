"""`diplograph completion`: script with which a shell completes commands and options."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")
COMPLETION_VARIABLE = "_DIPLOGRAPH_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(shell: str) -> None:
    """Print the script that lets your shell complete commands.

    \b
    Examples:
      diplograph completion bash > ~/.local/share/bash-completion/completions/diplograph
      diplograph completion zsh > ~/.zfunc/_diplograph
      diplograph completion fish > ~/.config/fish/completions/diplograph.fish
    """
    from click.shell_completion import get_completion_class

    complete = get_completion_class(shell)
    root = click.get_current_context().find_root().command
    click.echo(complete(root, {}, "diplograph", COMPLETION_VARIABLE).source())
