"""Files that are read, files that a warning names, and files of which nothing is said."""

from __future__ import annotations

import os
import socket

import pytest

from diplograph.build.dataset import digest_inputs, list_warnings, read_files
from diplograph.core import names
from diplograph.core.errors import MalformedFile, UnreadableFile
from diplograph.core.inputs import find_question_files, find_rdf_files
from fixtures.small_home import write_home

ABOUT = "https://w3id.org/diplograph/id/state/NEW"
LABEL = names.PREFIXES["rdfs"] + "label"
RDF = names.PREFIXES["rdf"]
TURTLE = f'<{ABOUT}> <{LABEL}> "New" .\n'
SYNTAXES = {
    "new.ttl": TURTLE,
    "new.TTL": TURTLE,
    "new.nt": TURTLE,
    "new.jsonld": f'{{"@id": "{ABOUT}",\n "{LABEL}": "New"}}',
    "new.owl": (
        f'<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="{RDF}" xmlns:rdfs="{names.PREFIXES["rdfs"]}">'
        f'\n<rdf:Description rdf:about="{ABOUT}"><rdfs:label>New</rdfs:label></rdf:Description>'
        "</rdf:RDF>"
    ),
}
SYNTAXES |= {f"new.{suffix}": SYNTAXES["new.owl"] for suffix in ("rdf", "xml", "RDF")}
EDITORS = """
.new.ttl ._new.ttl .#new.ttl #new.ttl# new.ttl~ new.ttl.bak new.ttl.swp new.ttl.orig new.ttl.tmp
.new.ttl.swp ~$new.ttl new.ttl.part .DS_Store
""".split()
OTHERS = "README README.md notes.txt table.csv map.png catalog-v001.xml package.json".split()
WARNED = {
    "new.trig": "it is TriG",
    "new.NQ": "it is N-Quads",
    "new.ttl.gz": "it is packed",
    "new.ttl.txt": "its name ends in no suffix of RDF",
    "new.ttl ": "its name ends in no suffix of RDF",
    "new.turtle": "let its name end in .ttl",
    "new.owx": "it is OWL/XML",
    "new.omn": "it is Manchester syntax",
    "new.obo": "it is OBO",
    "new.n3": "it is N3",
}


@pytest.fixture
def home(tmp_path):
    return write_home(tmp_path)


@pytest.mark.parametrize("name", SYNTAXES)
@pytest.mark.parametrize("folder", ["data", "data/sub", "ontology"])
def test_each_syntax_is_read_and_its_things_are_located(home, folder, name):
    (home.root / folder).mkdir(exist_ok=True)
    (home.root / folder / name).write_text(SYNTAXES[name], encoding="utf-8")
    asserted = read_files(home)
    place = asserted.locate(ABOUT, LABEL, "New")
    assert (place.file, asserted.warnings) == (f"{folder}/{name}", ())
    assert place.line == (3 if SYNTAXES[name].startswith("<?xml") else 1)


@pytest.mark.parametrize("name", [*EDITORS, *OTHERS])
def test_what_editors_leave_and_what_is_no_rdf_is_passed_over_in_silence(home, name):
    before = digest_inputs(home)
    for folder in (home.data, home.ontology, home.shapes, home.queries):
        (folder / name).write_text("<nothing/>", encoding="utf-8")
    assert (digest_inputs(home), list_warnings(home)) == (before, ())


def test_a_link_of_an_editor_that_points_nowhere_is_passed_over(home):
    (home.data / ".#states.ttl").symlink_to("editor@host.4242:1764489600")
    (home.ontology / ".#core.ttl").symlink_to("editor@host.4242:1764489600")
    assert read_files(home).warnings == ()


@pytest.mark.parametrize("name", WARNED)
def test_what_looks_like_rdf_and_is_not_read_is_named(home, name):
    before = digest_inputs(home)
    (home.data / name).write_text(TURTLE, encoding="utf-8")
    [warning] = read_files(home).warnings
    assert warning.startswith(f"data/{name} is not read: {WARNED[name]}")
    assert (digest_inputs(home), list_warnings(home)) == (before, (warning,))


def test_json_that_looks_like_json_ld_is_named(home):
    (home.data / "new.json").write_text(SYNTAXES["new.jsonld"], encoding="utf-8")
    [warning] = list_warnings(home)
    assert "let its name end in .jsonld" in warning


def test_of_the_ontologys_folders_only_shapes_is_read(home):
    for folder in ("ontology/modules", "ontology/shapes/old"):
        (home.root / folder).mkdir()
        (home.root / folder / "new.ttl").write_text(TURTLE, encoding="utf-8")
    warnings = list_warnings(home)
    assert [warning.partition(" ")[0] for warning in warnings] == [
        "ontology/modules/new.ttl",
        "ontology/shapes/old/new.ttl",
    ]
    assert len(find_rdf_files(home).paths) == 4


def test_a_link_to_a_folder_is_named(home, tmp_path_factory):
    (home.data / "linked").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    [warning] = list_warnings(home)
    assert warning.startswith("data/linked is not read: it is a link to a folder")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("empty.ttl", ""),
        ("empty.ttl", "# nothing here\n"),
        ("empty.ttl", "\ufeff@prefix a: <urn:a:> .\nPREFIX b: <urn:b:>\nBASE <urn:c:c>\n"),
        ("empty.nt", "\n"),
        ("empty.rdf", ""),
        ("empty.rdf", f'<?xml version="1.0"?><!-- a --><rdf:RDF xmlns:rdf="{RDF}"></rdf:RDF>'),
        ("empty.jsonld", "{ }\n"),
    ],
)
def test_a_file_that_holds_nothing_is_named(home, name, text):
    (home.data / name).write_text(text, encoding="utf-8")
    assert read_files(home).warnings == (f"data/{name} holds no statement",)


def test_questions_are_found_by_the_same_rule(home):
    for name in ("one.rq", "two.RQ", ".#one.rq", "one.rq~", "three.sparql", "four.rq.txt"):
        (home.queries / name).write_text("# What?\nSELECT * {}\n", encoding="utf-8")
    (home.queries / "more").mkdir()
    (home.queries / "more" / "five.rq").write_text("# What?\nSELECT * {}\n", encoding="utf-8")
    found = find_question_files(home)
    assert list(found.paths) == ["queries/one.rq", "queries/two.RQ"]
    assert [warning.partition(" ")[0] for warning in found.warnings] == [
        "queries/four.rq.txt",
        "queries/more/five.rq",
        "queries/three.sparql",
    ]


# ---- what is no file --------------------------------------------------------------------------


def make_pipe(path):
    os.mkfifo(path)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))


def make_device(path):
    path.symlink_to("/dev/zero")


@pytest.mark.skipif(os.name != "posix", reason="another system has other files")
@pytest.mark.parametrize("make", [make_pipe, make_socket, make_device])
@pytest.mark.parametrize("file", ["data/new.ttl", "ontology/new.rdf", "queries/new.rq"])
def test_what_is_no_file_is_named_without_waiting_for_it(home, make, file, monkeypatch):
    monkeypatch.chdir(home.root)  # a socket's path is short
    make(home.root / file)
    for read in (read_files, digest_inputs):
        with pytest.raises(UnreadableFile, match=f"{file}: it is a pipe, a socket or a device"):
            read(home)


def test_a_link_that_points_nowhere_is_named_with_its_end(home):
    (home.data / "new.ttl").symlink_to("nowhere")
    with pytest.raises(UnreadableFile, match=r"data/new.ttl: .* a link to 'nowhere'"):
        read_files(home)


def test_a_link_in_a_circle_is_named(home):
    (home.data / "new.ttl").symlink_to("new.ttl")
    with pytest.raises(UnreadableFile, match=r"data/new\.ttl: the file cannot be read"):
        read_files(home)


# ---- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "proposal"),
    [
        ("My Report (1).ttl", "My-Report-1"),
        ("My%20Report.ttl", "My-20Report"),
        ("Été 2025.ttl", "Ete-2025"),
        ("Отчёт.ttl", "report-1"),
        ("talks.nt.ttl", "talks-nt"),
        ('"talks".ttl', "talks"),
        ("-.ttl", "report-1"),
    ],
)
def test_a_reports_name_that_no_address_has_is_refused_with_another(home, name, proposal):
    (home.data / "reports" / name).write_text(TURTLE, encoding="utf-8")
    with pytest.raises(MalformedFile, match=f"such as '{proposal}'"):
        read_files(home)


@pytest.mark.parametrize("name", ["my_talks-2.ttl", "v1.2-talks.ttl", "2025.ttl"])
def test_other_names_of_reports_are_those_of_their_graphs(home, name):
    (home.data / "reports" / name).write_text(TURTLE, encoding="utf-8")
    slug = name.removesuffix(".ttl")
    assert names.report_graph(slug) in read_files(home).graphs
    iri = f"{names.ROOT}id/passage/{slug}/4"
    assert names.compact(iri) == f"passage-{slug}:4"
    assert names.expand(f"passage-{slug}:4") == iri


@pytest.mark.parametrize("pair", [("a-b.ttl", "a/b.ttl"), ("a.ttl", "a.nt"), ("a.ttl", "a.TTL")])
def test_two_files_of_one_report_are_refused(home, pair):
    for name in pair:
        path = home.data / "reports" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(TURTLE, encoding="utf-8")
    with pytest.raises(MalformedFile, match="would be the same report"):
        read_files(home)


def test_other_files_of_data_may_be_called_anything_that_can_be_shown(home):
    (home.data / "Мои данные (1) 100%.ttl").write_text(TURTLE, encoding="utf-8")
    assert read_files(home).locate(ABOUT).file == "data/Мои данные (1) 100%.ttl"


@pytest.mark.parametrize("name", [b"a\nb.ttl", b"\xff.ttl", "\u202ea.ttl".encode()])
def test_a_name_that_cannot_be_shown_is_refused(home, name):
    (home.data / os.fsdecode(name)).write_text(TURTLE, encoding="utf-8")
    with pytest.raises(UnreadableFile, match=r"characters that cannot be shown") as caught:
        read_files(home)
    assert str(caught.value).isascii()


@pytest.mark.parametrize("names_", [("what now.rq",), ("é.rq",), ("one.rq", "one.RQ")])
def test_the_name_of_a_question_is_one_of_an_address_and_its_own(home, names_):
    for name in names_:
        (home.queries / name).write_text("# What?\nSELECT * {}\n", encoding="utf-8")
    with pytest.raises(MalformedFile, match="queries/"):
        read_files(home)


def test_blank_nodes_of_files_with_like_names_stay_apart(tmp_path):
    text = "[] a owl:AllDisjointClasses ; owl:members ( dg:A dg:B ) ."
    files = ["a-b.ttl", "a_b.ttl", "a b.ttl", "a.b.ttl", "a-b.TTL"]
    home = write_home(tmp_path, **{f"ontology/{file}": text for file in files})
    found = [
        each for each in read_files(home).statements() if each.object.value.endswith("Classes")
    ]
    assert len(found) == 1 + len(files)
