"""One table of settings: the command line, the dataclasses and the documentation follow it."""

import ast
from dataclasses import fields

from diplograph.cli.serve import serve_command as serve
from diplograph.core.settings import (
    BOUND_TERMS,
    SETTINGS,
    BuildBounds,
    QueryBounds,
    Settings,
    format_settings_table,
)
from fixtures.project_files import ROOT


def test_every_setting_with_a_flag_is_an_option_of_serve_and_there_is_no_other():
    options = {option.name: option.opts[0] for option in serve.params}
    assert options == {setting.name: setting.flag for setting in SETTINGS if setting.flag}


def test_every_field_of_the_bounds_and_of_the_settings_has_its_default_from_the_table():
    defaults = {setting.name: setting.default for setting in SETTINGS}
    values = vars(QueryBounds()) | vars(BuildBounds()) | vars(Settings())
    del (
        values["bounds"],
        values["build_bounds"],
        values["remote"],
        values["texts"],
    )  # composed of the others; follows from --store, from the home
    assert values == {name: defaults[name] for name in values}
    assert {field.name for field in fields(QueryBounds)} <= defaults.keys()


def test_every_bound_that_the_service_states_is_a_setting():
    assert BOUND_TERMS.keys() <= {setting.name for setting in SETTINGS}


def test_the_documented_table_is_the_generated_one():
    documented = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert documented.endswith(f"\n\n{format_settings_table()}")


def test_the_settings_import_only_what_every_command_needs():
    tree = ast.parse((ROOT / "src/diplograph/core/settings.py").read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert modules == {"__future__", "dataclasses", "typing"}
    assert not any(isinstance(node, ast.Import) for node in ast.walk(tree))
