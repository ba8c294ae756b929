"""The nginx site in front of a real server: it caches, passes on, forges nothing and hides."""

import gzip
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from http.client import HTTPConnection

import pytest

from fixtures.deployment import SITE, instructions, require
from fixtures.engines import free_port
from fixtures.live_server import Server
from fixtures.small_build import write_build

PUBLIC = "http://graph.example.org"
QUERY = "/sparql?query=" + urllib.parse.quote("SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o")
CONFIGURATION = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def replace(text, old, new):
    """Return `text` with what stands once in it replaced."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


def write_site(folder, port, server_port):
    """Write the site as it would stand on this machine; return nginx's command line for it."""
    site = replace(SITE, "listen 80;", f"listen 127.0.0.1:{port};")
    site = replace(site, "127.0.0.1:8000", f"127.0.0.1:{server_port}")
    site = replace(site, "/var/cache/nginx-diplograph", f"{folder}/cache")
    below = re.search(r"# location /diplomacy/ \{.*?# \}", site, re.DOTALL).group()
    site = site.replace(below, below.replace("# ", ""))
    (folder / "site.conf").write_text(site, encoding="utf-8")
    configuration = folder / "nginx.conf"
    user = "user root;" if os.getuid() == 0 else ""  # its workers write to our folder
    text = CONFIGURATION.format(folder=folder, user=user)
    configuration.write_text(text, encoding="utf-8")
    return [require("nginx"), "-p", folder, "-e", folder / "error.log", "-c", configuration]


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "access.log"


@pytest.fixture(scope="module")
def server(tmp_path_factory, log):
    require("nginx")
    folder = write_build(tmp_path_factory.mktemp("build") / "small")
    running = Server(folder, base_url=PUBLIC, trust_proxy=True, access_log=str(log))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def ask(server, tmp_path_factory):
    """Return a function that asks nginx, in front of the server: status, headers, body."""
    port = free_port()
    process = subprocess.Popen(write_site(tmp_path_factory.mktemp("nginx"), port, server.port))
    wait_for(port, process)

    def ask(path, method="GET", body=None, source="127.0.0.1", **headers):
        connection = HTTPConnection("127.0.0.1", port, timeout=10, source_address=(source, 0))
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, fields)
        response = connection.getresponse()
        read = response.status, response.headers, response.read()
        connection.close()
        return read

    yield ask
    process.terminate()
    process.wait(timeout=15)


def wait_for(port, process):
    until = time.monotonic() + 15
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail(f"nginx does not listen; it returned {process.returncode}")


def read_line(log, name):
    """Return the log's line of the request that has that id."""
    until = time.monotonic() + 15
    while time.monotonic() < until:
        for line in log.read_text(encoding="ascii").splitlines():
            if json.loads(line)["id"] == name:
                return json.loads(line)
        time.sleep(0.02)
    return pytest.fail(f"no line of {name} in the log")


def test_nginx_takes_the_site(tmp_path):
    command = write_site(tmp_path, free_port(), free_port())
    done = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_what_was_answered_once_is_answered_from_the_cache(ask):
    answers = [ask(QUERY + "%23once") for _ in range(2)]
    assert [answer[1]["X-Cache-Status"] for answer in answers] == ["MISS", "HIT"]
    assert answers[0][2] == answers[1][2]
    assert json.loads(answers[1][2])["results"]["bindings"]


def test_the_cache_keeps_formats_and_encodings_of_one_address_apart(ask):
    kinds = [("text/csv", "identity"), ("text/csv", "gzip"), ("application/json", "gzip")]
    for status in ("MISS", "HIT"):
        answers = [ask(QUERY, Accept=form, Accept_Encoding=encoding) for form, encoding in kinds]
        assert [headers["X-Cache-Status"] for _, headers, _ in answers] == [status] * 3
        assert answers[0][1]["Content-Encoding"] is None
        bodies = [body for _, _, body in answers]
        assert len(set(bodies)) == len({headers["ETag"] for _, headers, _ in answers}) == 3


def test_a_compressed_answer_passes_as_it_is(ask):
    headers, body = ask(QUERY, Accept="text/csv", Accept_Encoding="gzip")[1:]
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == ask(QUERY, Accept="text/csv")[2]


def test_the_cache_answers_304_to_who_has_the_answer(ask):
    tag = ask(QUERY, Accept="text/csv")[1]["ETag"]
    assert tag.startswith('"')  # a strong one
    status, headers, body = ask(QUERY, Accept="text/csv", If_None_Match=tag)
    assert (status, headers["X-Cache-Status"], body) == (304, "HIT", b"")


def test_a_posted_query_and_an_update_come_through(ask):
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert ask("/sparql", "POST", "query=ASK%7B%7D", **form)[0] == 200
    assert ask("/sparql", "POST", "update=CLEAR%20ALL", **form)[0] == 403


def test_each_answer_has_an_id_of_its_own_from_the_cache_too(ask):
    names = [ask(QUERY)[1].get_all("X-Request-ID") for _ in range(3)]
    assert all(len(each) == 1 for each in names)
    assert len({each[0] for each in names}) == 3


def test_the_log_names_the_client_whatever_it_says_of_itself(ask, log):
    client = "127.0.0.5" if sys.platform == "linux" else "127.0.0.1"  # all of 127/8 is ours there
    headers = ask("/health", source=client, X_Forwarded_For="198.51.100.6")[1]
    assert read_line(log, headers["X-Request-ID"])["client"] == client


@pytest.mark.parametrize("path", ["/metrics", "//metrics", "/%6detrics", "/x/../metrics"])
def test_nobody_sees_the_metrics_through_nginx(ask, path):
    status, _, body = ask(path)
    assert status == 404
    assert b"diplograph_requests" not in body


def test_the_site_can_stand_below_a_path(ask):
    assert ask("/diplomacy/health")[2] == ask("/health")[2]
    assert ask("/diplomacy" + QUERY)[2] == ask(QUERY)[2]


def test_the_health_check_of_the_image_finds_the_server(server):
    (check,) = instructions("HEALTHCHECK")
    program, option, code = re.findall(r'"([^"]*)"', check)
    assert (program, option) == ("python", "-c")
    code = replace(code, "http://127.0.0.1:8000", f"http://127.0.0.1:{server.port}")
    assert subprocess.run([sys.executable, option, code]).returncode == 0
    code = code.replace(f":{server.port}/", f":{free_port()}/")
    assert subprocess.run([sys.executable, option, code], stderr=subprocess.DEVNULL).returncode == 1
