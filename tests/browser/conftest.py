"""A real browser and a real server for the tests of what people see."""

import os
import shutil
from functools import partial
from pathlib import Path

import pytest

import diplograph
from fixtures.markup import validate
from fixtures.web_reading import served

# Where .ci/run puts what package.json beside this file names.
CHECKERS = Path(__file__).parents[2] / ".venv" / "checkers" / "node_modules"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser():
    """Yield Debian's Chromium, or skip and say what is missing; where CI=true, fail instead.

    It is of one module, since playwright keeps an event loop running in this thread meanwhile.
    """
    program = shutil.which("chromium")
    if program is None:
        _miss("chromium is not installed")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        _miss("playwright is not installed: pip install -c constraints.txt -e '.[ci]'")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """Yield the address of an application over the small build."""
    from diplograph.build.questions import read_question
    from diplograph.store.store import Store
    from diplograph.web.app import create_app
    from fixtures.small_build import write_build

    folder = tmp_path_factory.mktemp("browser")
    (folder / "meetings.rq").write_text(
        "# Which meetings take place, and where?\n"
        "PREFIX city: <https://w3id.org/diplograph/id/city/>\n"
        "PREFIX dg: <https://w3id.org/diplograph/ontology#>\n"
        "SELECT ?event ?place ?ordinal WHERE {\n"
        "  VALUES ?place { city:corvo }  # parameter\n"
        "  ?event dg:takesPlaceIn ?place ; dg:ordinalInSeries ?ordinal .\n"
        "}\nORDER BY ?event\n",
        encoding="utf-8",
    )
    question = read_question(folder / "meetings.rq")
    app = create_app(Store.open(write_build(folder / "build")), {question.name: question})
    with served(app) as root:
        yield root


@pytest.fixture(scope="session")
def world_address(world, world_store):
    """Yield the address of an application over the invented world, with its questions."""
    from diplograph.build.questions import read_questions
    from diplograph.web.app import create_app

    with served(create_app(world_store, read_questions(world))) as root:
        yield root


@pytest.fixture(scope="session")
def real_address(real_store):
    """Yield the address of the project's own graph on a day after its report was received."""
    from diplograph.build.questions import read_questions
    from diplograph.core.home import Home
    from diplograph.core.settings import Settings
    from diplograph.web.app import create_app
    from fixtures.project_files import ROOT

    questions = read_questions(Home.find(ROOT))
    with served(create_app(real_store, questions, settings=Settings(as_of="2026-11-30"))) as root:
        yield root


@pytest.fixture(scope="session")
def world_site(world, world_store):
    """Yield the address of the invented world on 1 June 2031, the texts of its reports at hand."""
    from diplograph.build.questions import read_questions
    from diplograph.core.settings import Settings
    from diplograph.web.app import create_app
    from fixtures.project_files import ROOT

    settings = Settings(as_of="2031-06-01", sources=ROOT / "tests" / "world" / "sources")
    with served(create_app(world_store, read_questions(world), settings=settings)) as root:
        yield root


@pytest.fixture(scope="session")
def axe():
    """Return the text of axe, the script that finds what keeps people out; see `browser`."""
    script = CHECKERS / "axe-core" / "axe.min.js"
    if not script.is_file():
        _miss("axe-core is not installed: see .ci/run")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def validator():
    """Return a function that tells what vnu says against a list of HTML files; see `browser`."""
    jar = CHECKERS / "vnu-jar" / "build" / "dist" / "vnu.jar"
    if not jar.is_file():
        _miss("vnu-jar is not installed: see .ci/run")
    if not shutil.which("java"):
        _miss("Java is not installed")
    return partial(validate, jar)


@pytest.fixture(scope="session")
def editor():
    """Return the path of the built editor; see `browser`."""
    script = Path(diplograph.__file__).parent / "web" / "static" / "built" / "editor.js"
    if not script.is_file():
        _miss("the query editor is not built: npm was missing when the package was installed")
    return script


def _miss(reason):
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
