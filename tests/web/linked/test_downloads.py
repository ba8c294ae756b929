"""The files to download are what they say, keep their checksums, and are the export's own bytes."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from diplograph.build.export import SUMS, export, make_dumps, write_dumps
from diplograph.cli import main
from diplograph.core.errors import UsageError
from diplograph.core.formats import STATEMENTS
from diplograph.core.names import SELECTIONS
from diplograph.store.engine import LocalEngine
from diplograph.web.app import create_app
from diplograph.web.linked import downloads
from fixtures.small_home import FILES, write_home

BUILT = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


@pytest.fixture(scope="module")
def client(world_store):
    return create_app(world_store, built=BUILT).test_client()


@pytest.fixture(scope="module")
def sums(client):
    """Return file name to checksum, as SHA256SUMS lists them."""
    lines = client.get(f"/download/{SUMS}").text.splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


# ---- what is served -----------------------------------------------------------------------


def test_every_file_that_is_listed_has_the_checksum_that_is_listed(client, sums):
    assert len(sums) >= len(SELECTIONS) * len(STATEMENTS)
    for name, digest in sums.items():
        reply = client.get(f"/download/{name}")
        assert reply.status_code == 200, name
        assert hashlib.sha256(reply.data).hexdigest() == digest, name


@pytest.mark.parametrize("what", SELECTIONS)
@pytest.mark.parametrize("form", STATEMENTS.values(), ids=STATEMENTS)
def test_a_file_is_what_export_writes(client, world_store, what, form):
    reply = client.get(f"/download/diplograph-{what}.{form.suffix}")
    assert reply.data == export(world_store, form.name, what)
    assert reply.content_type.partition(";")[0] == form.media_type


def test_a_large_file_has_a_compressed_one_beside_it(client, sums):
    packed = [name for name in sums if name.endswith(".gz")]
    assert packed
    for name in packed:
        reply = client.get(f"/download/{name}")
        assert reply.content_type == "application/gzip"
        assert "Content-Encoding" not in reply.headers
        assert gzip.decompress(reply.data) == client.get(f"/download/{name[:-3]}").data


def test_the_page_links_every_file_with_its_size_and_checksum(client, sums):
    page = client.get("/download/")
    links = set(re.findall(r'href="([^"]*)"', page.text))
    for name, digest in sums.items():
        assert f"/download/{name}" in links
        assert digest in page.text or name.endswith(".gz")
    assert "/.well-known/void" in links


def test_other_sites_may_read_the_files(client):
    reply = client.get(f"/download/{SUMS}")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_a_file_that_a_client_has_is_not_sent_again(client):
    address = "/download/diplograph-asserted.ttl"
    first = client.get(address)
    assert first.headers["Last-Modified"] == "Fri, 02 Jan 2026 03:04:05 GMT"
    for header, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        again = client.get(address, headers={header: value})
        assert (again.status_code, again.data) == (304, b"")


def test_a_file_is_sent_where_the_clients_copy_is_older_or_another(client):
    address = "/download/diplograph-asserted.ttl"
    older = {"If-Modified-Since": "Fri, 02 Jan 2026 03:04:04 GMT"}
    another = {"If-None-Match": '"other"', "If-Modified-Since": "Fri, 02 Jan 2026 03:04:05 GMT"}
    assert client.get(address, headers=older).status_code == 200
    assert client.get(address, headers=another).status_code == 200


def test_a_head_says_how_long_a_file_is_and_sends_none_of_it(client):
    reply = client.head("/download/diplograph-ontology.nt")
    whole = client.get("/download/diplograph-ontology.nt")
    assert (reply.data, reply.headers["Content-Length"]) == (b"", str(len(whole.data)))


def test_a_file_that_is_not_there_is_not_found(client):
    reply = client.get("/download/diplograph-everything.ttl")
    assert reply.status_code == 404
    assert "/download/" in reply.text


def test_without_its_slash_the_page_is_found_by_a_relative_redirect(client):
    reply = client.get("/download")
    assert (reply.status_code, reply.headers["Location"]) == (308, "/download/")


def test_a_build_that_is_too_large_for_files_leads_to_its_graphs(world_store, monkeypatch):
    monkeypatch.setattr(downloads, "DOWNLOAD_STATEMENTS", 10)
    client = create_app(world_store).test_client()
    page = client.get("/download/")
    links = set(re.findall(r'href="([^"]*)"', page.text))
    assert "/graph/reference" in links
    assert "too large" in page.text
    assert client.get(f"/download/{SUMS}").data == b""
    assert client.get("/download/diplograph-asserted.ttl").status_code == 404


def test_files_that_are_not_kept_are_written_again_to_the_same_bytes(world_store, monkeypatch):
    monkeypatch.setattr(downloads, "DOWNLOAD_CACHE_BYTES", 0)
    client = create_app(world_store).test_client()
    lines = client.get(f"/download/{SUMS}").text.splitlines()
    for digest, name in (line.split("  ") for line in lines if "inferred.n" in line):
        assert hashlib.sha256(client.get(f"/download/{name}").data).hexdigest() == digest


def test_all_files_are_listed_for_at_most_twelve_queries(world_store):
    engine, asked = LocalEngine(world_store), []
    answer = engine.answer
    engine.answer = lambda *each: asked.append(each) or answer(*each)
    assert create_app(engine).test_client().get("/download/").status_code == 200
    assert 0 < len(asked) <= 12


def test_a_tiny_build_offers_what_it_has(small_store):
    client = create_app(small_store).test_client()
    names = [line.split("  ")[1] for line in client.get(f"/download/{SUMS}").text.splitlines()]
    assert "diplograph-asserted.nq" in names
    assert "diplograph-ontology.nq" not in names
    assert client.get("/download/").status_code == 200


# ---- what the command writes --------------------------------------------------------------


@pytest.fixture(scope="module")
def dumps(world_store, tmp_path_factory):
    """Return a folder of dumps of the invented world, and what is known of each."""
    folder = tmp_path_factory.mktemp("files") / "dumps"
    made, left_out = write_dumps(world_store, folder)
    assert left_out == ()
    return folder, made


def test_the_command_writes_the_files_that_are_served(client, sums, dumps):
    folder, made = dumps
    assert {dump.name: dump.sha256 for dump in made} == sums
    written = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert written.pop(SUMS) == client.get(f"/download/{SUMS}").data
    assert {name: hashlib.sha256(body).hexdigest() for name, body in written.items()} == sums


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="there is no sha256sum here")
def test_sha256sum_checks_the_files(dumps):
    command = ["sha256sum", "--check", "--strict", SUMS]
    done = subprocess.run(command, cwd=dumps[0], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_written_before_give_way_and_leave_nothing_beside(small_store, tmp_path):
    folder = tmp_path / "dumps"
    write_dumps(small_store, folder)
    (folder / "old.ttl").write_text("")
    write_dumps(small_store, folder)
    assert not (folder / "old.ttl").exists()
    assert [each.name for each in tmp_path.iterdir()] == ["dumps"]


def test_a_folder_of_something_else_is_left_alone(small_store, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="something else"):
        write_dumps(small_store, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]


def test_what_cannot_be_written_leaves_the_files_before(small_store, tmp_path, monkeypatch):
    folder = tmp_path / "dumps"
    write_dumps(small_store, folder)
    before = sorted(each.name for each in folder.iterdir())
    monkeypatch.setattr("diplograph.build.export.write_sums", lambda dumps: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_dumps(small_store, folder)
    assert sorted(each.name for each in folder.iterdir()) == before
    assert [each.name for each in tmp_path.iterdir()] == ["dumps"]


def test_a_dump_is_the_same_bytes_each_time(small_store):
    one, other = (
        list(make_dumps(lambda what, form: export(small_store, form, what))) for _ in range(2)
    )
    assert one == other


def test_the_command_line_writes_the_files(tmp_path):
    home = write_home(tmp_path / "home")
    arguments = ["--home", str(home.root), "export", "--dumps", str(tmp_path / "dumps")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "dumps" / SUMS).is_file()


def test_a_file_that_a_format_cannot_carry_is_left_out(tmp_path):
    states = FILES["data/states.ttl"].replace('"Belmora"', r'"Belmora\u0007"')
    home = write_home(tmp_path / "home", **{"data/states.ttl": states})
    folder, command = tmp_path / "dumps", ["--home", str(home.root), "export"]
    done = CliRunner().invoke(main, [*command, "--dumps", str(folder)])
    assert done.exit_code == 0, done.output
    [warning] = done.stderr.splitlines()
    reason = "RDF/XML cannot carry the character U+0007, which is in rdfs:label of state:BEL"
    left_out = ["diplograph-asserted.rdf", "diplograph-inferred.rdf"]
    assert warning.startswith(f"diplograph: left out {', '.join(left_out)}: {reason}; Turtle,")
    names = {path.name for path in folder.iterdir()}
    assert not names & set(left_out)
    assert {"diplograph-asserted.ttl", "diplograph-ontology.rdf"} <= names
    sums = (folder / SUMS).read_text()
    assert {line.split()[1] for line in sums.splitlines()} == names - {SUMS}
    alone = CliRunner().invoke(
        main, [*command, "--format", "rdfxml", "-o", str(tmp_path / "a.rdf")]
    )
    assert (alone.exit_code, alone.stdout) == (3, "")
    assert alone.stderr.startswith(f"diplograph: {reason}; Turtle, N-Triples, JSON-LD, ")
    assert not (tmp_path / "a.rdf").exists()


# ---- tables of facts ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("facts.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("facts-csv.zip", "application/zip"),
        ("engagements.csv", "text/csv"),
        ("dates.csv", "text/csv"),
        ("other-facts.csv", "text/csv"),
    ],
)
def test_the_page_offers_the_tables_of_facts(client, name, kind):
    assert f'href="/download/{name}"' in client.get("/download/").text
    answer = client.get(f"/download/{name}")
    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_a_row_of_a_table_leads_to_the_evidence_on_this_site(client):
    body = client.get("/download/dates.csv?asof=2031-06-01").get_data(as_text=True)
    assert "http://localhost/fact/date-estimate/belport-talks" in body


def test_a_build_with_too_many_facts_says_how_to_have_the_tables(world_store, monkeypatch):
    monkeypatch.setattr("diplograph.web.linked.downloads.DOWNLOAD_STATEMENTS", 10)
    client = create_app(world_store).test_client()
    assert "diplograph export --format xlsx" in client.get("/download/").text
    answer = client.get("/download/facts.xlsx")
    assert answer.status_code == 404
    assert "too many facts" in answer.text


@pytest.mark.parametrize(("form", "start"), [("xlsx", b"PK"), ("csv", b"PK")])
def test_the_command_line_writes_the_tables(tmp_path, form, start):
    home, target = write_home(tmp_path / "home"), tmp_path / f"facts.{form}"
    command = ["--home", str(home.root), "export", "--format", form]
    result = CliRunner().invoke(main, [*command, "--as-of", "2031-06-01", "-o", str(target)])
    assert result.exit_code == 0, result.output
    assert target.read_bytes().startswith(start)
    refused = CliRunner().invoke(main, [*command, "--what", "ontology"])
    assert refused.exit_code == 2
    assert "do not go with --format" in refused.output


def test_the_tables_of_one_report_have_its_readings_alone(client):
    body = client.get("/download/dates.csv?asof=2031-06-01&report=report:harbour-wire").text
    head, *rows = csv.reader(io.StringIO(body.removeprefix("\ufeff"), newline=""))
    place = head.index("Report")
    assert rows
    assert {row[place] for row in rows} == {"Harbour Wire on the Belport talks"}
    assert client.get("/download/facts.xlsx?report=report:harbour-wire").status_code == 200
    assert client.get("/download/dates.csv?report=report:nothing").status_code == 404
    assert client.get("/download/dates.csv?report=state:XAA").status_code == 400


def test_a_report_offers_the_tables_of_its_facts(client):
    address = "/download/facts.xlsx?report=report:harbour-wire"
    assert f'href="{address}"' in client.get("/report/harbour-wire").text
