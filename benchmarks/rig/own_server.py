"""Serves a build folder with our production server, as `diplograph serve` does, for a benchmark.

rig.servers runs it as a program.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from functools import partial
from pathlib import Path

from diplograph.build.questions import read_questions
from diplograph.core.home import Home
from diplograph.core.settings import Settings
from diplograph.store.interface import QueryBounds
from diplograph.web.server.service import Service, claim_address, open_build

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Serve until a signal ends it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--workers", type=int, default=2)
    for field in fields(QueryBounds):
        kind = float if isinstance(field.default, float) else int
        parser.add_argument(f"--{field.name}", type=kind, default=field.default)
    given = vars(parser.parse_args())
    folder, port, workers = (given.pop(name) for name in ("folder", "port", "workers"))
    settings, questions = Settings(bounds=QueryBounds(**given)), read_questions(Home.find(ROOT))
    opening = partial(open_build, folder, questions, workers, settings)
    Service(opening, settings, claim_address("127.0.0.1", port), workers=workers).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
