"""`diplograph push`: load a build into another engine, verify the counts, record it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from diplograph.cli import Session
from diplograph.core.names import compact

if TYPE_CHECKING:
    from diplograph.remote.upload import UploadResult


@click.command("push")
@click.argument("url")
@click.option(
    "--graph-store",
    metavar="URL",
    help="The graph store of the engine.  [default: found next to its query endpoint]",
)
@click.option("--prune", is_flag=True, help="Remove our graphs that are no longer in the build.")
@click.option("--dry-run", "dry", is_flag=True, help="Show what would be loaded, and load nothing.")
@click.pass_obj
def push_command(
    session: Session, url: str, graph_store: str | None, prune: bool, dry: bool
) -> None:
    """Load the build into another SPARQL 1.1 engine.

    Builds first if the files have changed. Graphs are sent one by one. A graph that is already
    there is kept, so you can repeat a push that was interrupted. All graphs are counted at the end.

    URL is the query endpoint, as sparql+http://HOST/query. A user and a password, or a token, come
    from DIPLOGRAPH_STORE_USER and DIPLOGRAPH_STORE_PASSWORD, or DIPLOGRAPH_STORE_TOKEN.

    \b
    Examples:
      diplograph push sparql+http://127.0.0.1:7878/query
      diplograph push sparql+https://example.org/ds/query --graph-store https://example.org/ds/data
    """
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

    from diplograph.build.bounded import ensure_bounded
    from diplograph.cli.layout import show_progress, show_share
    from diplograph.remote.upload import check_addresses, upload

    check_addresses(url, graph_store)  # before a build that may take long
    home = session.home()
    with show_progress() as show_stage:
        folder = ensure_bounded(home, show_stage)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with show_share("reading what is there", *columns) as show:
        result = upload(
            folder,
            url,
            graph_store=graph_store,
            prune=prune,
            dry=dry,
            progress=lambda name, done, total: show(done, total, description=compact(name)),
        )
    _report(result)


def _report(result: UploadResult) -> None:
    """Print what was done with each graph, then the totals."""
    from diplograph.cli.layout import TextOutput

    doing = "to load" if result.dry else "loaded"
    rows = [(doing, compact(n), f"{count:,}") for n, count in result.loaded.items()]
    rows += [("kept", compact(n), f"{count:,}") for n, count in result.kept.items()]
    rows += [("removed" if n in result.removed else "old", compact(n), "") for n in result.old]
    output = TextOutput()
    output.table(("", "graph", "statements"), rows)
    output.write()
    if set(result.old) - set(result.removed):
        output.write("Old graphs are no longer in the build and not asked; --prune removes them.")
    total = sum((*result.loaded.values(), *result.kept.values()))
    graphs = len(result.loaded) + len(result.kept)
    if result.dry:
        output.write(f"Nothing was written: {len(result.loaded)} of {graphs} graphs are to load.")
    else:
        output.write(
            f"{total:,} statements in {graphs} graphs are there, as counted by the engine."
        )
    output.print()
