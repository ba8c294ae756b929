"""The project's own files, for tests that look at all of them."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACES = ["ontology", "data", "queries", "src", "tests", "benchmarks", ".ci"]
BUILT = {"__pycache__", "node_modules", "dist", "vendor"}


def files_with(*suffixes):
    """Return the project's files of these kinds, those of build folders left out."""
    paths = [path for place in PLACES for path in (ROOT / place).rglob("*")]
    paths += [path for path in ROOT.iterdir() if not path.name.startswith(".git")]
    return sorted(
        path
        for path in paths
        if path.is_file()
        and path.suffix in suffixes
        and not BUILT & set(path.relative_to(ROOT).parts)
    )


def name_of(path):
    """Return the path of a file inside the project, as it is written everywhere."""
    return path.relative_to(ROOT).as_posix()
