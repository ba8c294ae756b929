"""Options of commands that the table of settings describes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from diplograph.core.settings import SETTINGS, BuildBounds, Setting


def add_options(settings: Iterable[Setting]) -> Callable[[Callable], Callable]:
    """Return a decorator that gives a command an option for each of `settings` with a flag."""

    def decorate(command: Callable) -> Callable:
        for setting in reversed([setting for setting in settings if setting.flag]):
            command = click.option(setting.flag, setting.name, **_describe(setting))(command)
        return command

    return decorate


def add_build_bounds(command: Callable) -> Callable:
    """Give `command` the options of BuildBounds."""
    names = vars(BuildBounds())
    return add_options([setting for setting in SETTINGS if setting.name in names])(command)


class _NumberRange(click.FloatRange):
    """A range of numbers, of which NaN, which compares with none, is not one."""

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        number = super().convert(value, param, context)
        if number != number:
            self.fail(f"{value!r} is not a number.", param, context)
        return number


def _describe(setting: Setting) -> dict[str, Any]:
    """Return the arguments of `click.option` for one setting."""
    described: dict[str, Any] = {"help": setting.help or None, "metavar": setting.metavar}
    if isinstance(setting.default, bool):
        return {**described, "is_flag": True}
    if isinstance(setting.default, tuple):
        return {**described, "multiple": True}
    if setting.default is None:
        return {**described, "type": click.Path(exists=True, file_okay=False, path_type=Path)}
    described |= {"default": setting.default, "show_default": setting.default != ""}
    if isinstance(setting.default, int | float):
        kind = _NumberRange if isinstance(setting.default, float) else click.IntRange
        described["type"] = kind(min=setting.least, max=setting.most)
    if setting.environment:
        described |= {"envvar": setting.environment, "show_envvar": True}
    return described
