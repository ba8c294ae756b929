"""All bounds, timeouts and options of the server: what operators set, and the fixed constants.

The options of `diplograph serve`, the bounds in the service description and docs/settings.md are
generated from SETTINGS. The constants below it cannot be set; each states its unit in its name
and its reason beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KIBIBYTE = 1024
MEBIBYTE = 1024 * 1024

# ---- what operators set ---------------------------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """One setting of the server.

    `name` is a parameter of `serve` or a field of QueryBounds or of Settings.
    `flag` is its option of `diplograph serve`, "" for a value that is fixed. The type of `default`
    is the setting's type: a bool is a switch, a tuple an option that may be repeated, None a
    folder. `least` and `most` limit a number.
    """

    name: str
    flag: str
    default: Any
    help: str
    unit: str = ""
    least: float | None = None
    most: float | None = None
    metavar: str | None = None
    environment: str | None = None


# fmt: off
SETTINGS = (
    Setting("host", "--host", "127.0.0.1", "", "address"),
    Setting("port", "--port", 8000,
            "Port to listen on; 0 takes any free port.", "", 0, most=65535, environment="PORT"),
    Setting("workers", "--workers", 2,
            "Processes for quick queries. Long queries get their own.", "processes", 1),
    Setting("seconds", "--timeout", 30.0,
            "The longest that a query may run, in seconds.", "s", 0.001),
    Setting("rows", "--max-rows", 1_000_000, "The most rows in one result.", "rows", 1),
    Setting("result_mebibytes", "--max-result-mb", 64,
            "The largest result, in mebibytes.", "MiB", 1),
    Setting("memory_mebibytes", "--max-memory-mb", 1024,
            "The most memory for one query, in mebibytes.", "MiB", 1),
    Setting("query_kibibytes", "--max-query-kb", 1024,
            "The longest query text, in kibibytes.", "KiB", 1),
    Setting("waiting", "--max-waiting", 128, "The most queries that wait at once.", "queries", 0),
    Setting("per_client", "--max-per-client", 64,
            "The most queries of one client that run or wait at once.", "queries", 1),
    Setting("long_queries", "--max-long", 4,
            "The most queries over 0.25 seconds that run at once.", "queries", 0),
    Setting("long_per_client", "--max-long-per-client", 3,
            "The most such queries of one client.", "queries", 0),
    Setting("connections", "--max-connections", 1024,
            "The most open connections.", "connections", 8),
    Setting("client_connections", "--max-connections-per-client", 256,
            "The most open connections of one address; not used with --trust-proxy.",
            "connections", 1),
    Setting("client_pages", "--max-pages-per-client", 4,
            "The most pages made at once for one client.", "pages", 1),
    Setting("stage_seconds", "--max-stage-seconds", 600.0,
            "The longest that one stage of a build may run, in seconds.", "s", 0.001,
            environment="DIPLOGRAPH_MAX_STAGE_SECONDS"),
    Setting("build_mebibytes", "--max-build-mb", 4096,
            "The most memory for a build, in mebibytes.", "MiB", 16,
            environment="DIPLOGRAPH_MAX_BUILD_MB"),
    Setting("store", "--store", "",
            "Use another SPARQL engine: sparql+http://host/query, or sparql+https.",
            metavar="URL"),
    Setting("watching", "--watch", False, "Reload when files change. SIGHUP also reloads."),
    Setting("base_url", "--base-url", "",
            "The public address of the site, used instead of the Host header.", metavar="URL"),
    Setting("trust_proxy", "--trust-proxy", False,
            "Read the client's address from X-Forwarded-For."),
    Setting("max_age", "--max-age", 300,
            "How long a shared cache may keep an answer, in seconds.", "s", 0),
    Setting("publisher", "--publisher", "",
            "Who runs this site, named at the foot of every page.", metavar="NAME"),
    Setting("contact", "--contact", "",
            "Where to report an error: an email address or a web address.", metavar="ADDRESS"),
    Setting("as_of", "--as-of", "",
            "Use this day as today, for example 2025-12-05.", metavar="DAY"),
    Setting("sources", "--sources", None,
            "A folder with report texts, to quote beside their facts.", metavar="DIR"),
    Setting("services", "--allow-service", (),
            "An address that SERVICE in a query may call; none by default.", metavar="URL"),
    Setting("access_log", "--access-log", "off",
            "Write a line of JSON for each request; - is standard error.", metavar="FILE|-|off"),
    Setting("log_queries", "--log-queries", False, "Include query texts in the access log."),
    Setting("metrics_open", "--metrics-open", False, "Show /metrics to other machines too."),
    Setting("long_seconds", "", 0.25,
            "Processor time after which a query counts as long, in seconds.", "s"),
    Setting("body_seconds", "", 20.0,
            "The longest that a request body may take to arrive, in seconds.", "s"),
    Setting("nesting", "", 100, "The most brackets open at once in a query.", "brackets"),
    Setting("operators", "", 500,
            "The most operators and clauses in a row in a query.", "operators"),
)
# fmt: on

# The settings that the service description states: the local name of each one's property in
# https://w3id.org/diplograph/bound#, and what the property means. Sizes are stated in bytes.
BOUND_TERMS = {
    "seconds": ("seconds", "Seconds one query may run."),
    "rows": ("rows", "Rows one result may have."),
    "result_mebibytes": ("resultBytes", "Bytes one result may have, before it is compressed."),
    "memory_mebibytes": ("memoryBytes", "Bytes of memory one query may use."),
    "query_kibibytes": ("queryBytes", "Bytes the text of one query may have."),
    "waiting": ("waiting", "Queries of all clients that may wait at once."),
    "per_client": ("perClient", "Queries of one client that may run and wait at once."),
    "long_queries": ("longQueries", "Long queries of all clients that may run at once."),
    "long_per_client": ("longPerClient", "Long queries of one client that may run at once."),
    "long_seconds": ("longSeconds", "Seconds after which a query that runs is a long one."),
    "nesting": ("nesting", "Brackets that may be open at once in one query."),
    "operators": ("operators", "Operators and clauses one query may have in a row."),
}
UNIT_FACTORS = {"KiB": KIBIBYTE, "MiB": MEBIBYTE}

DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


@dataclass(frozen=True)
class QueryBounds:
    """How far one query may go before it is stopped, and how many may run or wait at once.

    A query that has had `long_seconds` of a processor is long: it goes on beside the quick ones,
    and at most `long_queries` of all clients, `long_per_client` of one, do so at once.
    `per_client` counts what runs and waits for one client, `waiting` what waits for all of them.
    """

    seconds: float = DEFAULTS["seconds"]
    rows: int = DEFAULTS["rows"]
    result_mebibytes: int = DEFAULTS["result_mebibytes"]
    memory_mebibytes: int = DEFAULTS["memory_mebibytes"]
    waiting: int = DEFAULTS["waiting"]
    per_client: int = DEFAULTS["per_client"]
    long_seconds: float = DEFAULTS["long_seconds"]
    long_queries: int = DEFAULTS["long_queries"]
    long_per_client: int = DEFAULTS["long_per_client"]
    query_kibibytes: int = DEFAULTS["query_kibibytes"]


@dataclass(frozen=True)
class BuildBounds:
    """How long one stage of a build may take, and how much memory the whole build."""

    stage_seconds: float = DEFAULTS["stage_seconds"]
    build_mebibytes: int = DEFAULTS["build_mebibytes"]


@dataclass(frozen=True)
class Settings:
    """The settings of one server, as SETTINGS explains them; the defaults are safe on the internet.

    `remote`: an engine elsewhere answers, in an order of its own. `sources` is a Path or None, and
    so is `texts`, the folder of the texts that came with the home.
    """

    bounds: QueryBounds = field(default_factory=QueryBounds)
    build_bounds: BuildBounds = field(default_factory=BuildBounds)
    connections: int = DEFAULTS["connections"]
    client_connections: int = DEFAULTS["client_connections"]
    client_pages: int = DEFAULTS["client_pages"]
    base_url: str = DEFAULTS["base_url"]
    publisher: str = DEFAULTS["publisher"]
    contact: str = DEFAULTS["contact"]
    max_age: int = DEFAULTS["max_age"]
    services: tuple[str, ...] = DEFAULTS["services"]
    metrics_open: bool = DEFAULTS["metrics_open"]
    log_queries: bool = DEFAULTS["log_queries"]
    trust_proxy: bool = DEFAULTS["trust_proxy"]
    body_seconds: float = DEFAULTS["body_seconds"]
    remote: bool = False
    as_of: str = DEFAULTS["as_of"]
    sources: Any = DEFAULTS["sources"]
    texts: Any = None


def format_settings_table() -> str:
    """Return SETTINGS as the Markdown table of docs/settings.md."""
    header = "| option | default | unit | least | what it sets | `bound:` term |"
    lines = [header, "|---|---|---|---|---|---|"]
    for setting in SETTINGS:
        default = "" if setting.default in ("", None, False, ()) else f"`{setting.default}`"
        term, _ = BOUND_TERMS.get(setting.name, ("", ""))
        cells = (
            f"`{setting.flag}`" if setting.flag else "(fixed)",
            default,
            setting.unit,
            "" if setting.least is None else f"{setting.least:g}",
            setting.help.replace("|", "\\|"),
            f"`{term}`" if term else "",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


# ---- what a query's text may be ---------------------------------------------------------------
# Oxigraph 0.5 ends the process, on the usual stack of 8 MB, before 1,000 brackets, and from about
# 2,600 operators in a row (BIND, MINUS, `/`); on a quarter of that stack, from about 650.
MAX_NESTING, MAX_OPERATORS = DEFAULTS["nesting"], DEFAULTS["operators"]

# ---- what a page shows of a result ------------------------------------------------------------
# A page is read whole in the process that serves everybody, so it may hold less than an answer.
PAGE_ROWS, PAGE_MEBIBYTES = 500, 4

# ---- query workers (pool/) --------------------------------------------------------------------
# Whatever takes longer to read one build will not come up at all.
WORKER_START_SECONDS = 60.0
# Until the next attempt where a worker could not be started; it doubles up to the second.
RESTART_BACKOFF_SECONDS, RESTART_BACKOFF_MAX_SECONDS = 0.1, 1.0
# The same, where the files of the build are gone, which no further attempt brings back.
BUILD_LOST_SECONDS = 30.0
# For a fork server that does not end when its socket closes, and for closing the pool where the
# event loop is another thread's.
FORK_SERVER_END_SECONDS, POOL_CLOSE_SECONDS = 5.0, 10.0
# A worker that once grew by more gives its memory back by ending.
WORKER_GROWTH_MEBIBYTES = 64

# How often running queries are looked at: the second while queries wait.
TICK_SECONDS, BUSY_TICK_SECONDS = 0.025, 0.01
# Once a query has waited for so long, more workers are forked, up to EXTRA_WORKERS beside the
# others: all who wait share the processors then.
QUEUE_PATIENCE_SECONDS, EXTRA_WORKERS = 0.01, 16
# A query that has had QUICK_SECONDS of a processor goes behind newer ones, and after SLOW_SECONDS
# is stopped for one of them where no more workers can be had.
QUICK_SECONDS, SLOW_SECONDS = 0.02, 0.05
# How long extra workers stay when no query waits: fresh ones are slow at first.
EXTRA_WORKER_IDLE_SECONDS = 5.0
# How long a query may go on whose caller has gone.
ABANDONED_QUERY_SECONDS = 0.05
# A query that ran into the time bound is refused at once for so long, of the latest so many.
RECENT_TIMEOUT_SECONDS, RECENT_TIMEOUT_QUERIES = 30.0, 1024

# ---- engines elsewhere (remote/) --------------------------------------------------------------
# How many queries the engine gets at once, and how long its record of the build is trusted.
REMOTE_QUERIES_AT_ONCE, REMOTE_RECORD_SECONDS = 8, 10.0
# An engine that is there at all takes the connection at once.
REMOTE_CONNECT_SECONDS = 10.0
# How much of an upload goes out in one request, how long an engine may take to store it, and how
# long its reply may be.
UPLOAD_PIECE_BYTES, UPLOAD_PIECE_SECONDS, UPLOAD_REPLY_MEBIBYTES = 4 * MEBIBYTE, 120.0, 1
# For the uploader's own queries: how many statements a graph has, what is recorded; and for the
# record of an upload, a few lines, and the first thing that a wrong address is sent.
UPLOAD_QUERY_SECONDS, UPLOAD_QUERY_MEBIBYTES, UPLOAD_RECORD_SECONDS = 60.0, 16, 15.0

# ---- connections and requests (web/server/) ---------------------------------------------------
# Files and sockets beside connections: of workers, of the log, of what is read.
OTHER_FILES = 256
# How often the connections are counted, while there are many; and how many more than may stay are
# accepted, since one that waits for that cannot be told from others.
CONNECTION_WATCH_SECONDS, CONNECTION_ROOM = 0.1, 2
# Pages of all clients that are made at once, in threads that share one processor with all else; how
# long such a thread keeps it while another waits.
PAGES_AT_ONCE, SWITCH_SECONDS = 16, 0.001
# How long a request's head may take to arrive, which is also how long a connection may be idle,
# and how large the head may be.
HEAD_SECONDS, HEAD_BYTES = 10, 128 * KIBIBYTE
# A connection is dropped whose client takes nothing of what is sent for so long.
STALLED_SECONDS = 30
# What bodies may take in memory before they are answered: all of them, and those of one client.
BODY_BYTES, CLIENT_BODY_BYTES = 64 * MEBIBYTE, 16 * MEBIBYTE
# Threads beyond those that queries may occupy: refusals and /health never queue for one.
SPARE_THREADS = 8
# A query that takes longer is stopped where its client has gone; a quicker one is not worth it.
CLIENT_WATCH_SECONDS = 0.1
# How long requests under way may go on when the server is stopped, and how often the files are
# looked at under --watch.
SHUTDOWN_SECONDS, FILE_WATCH_SECONDS = 5.0, 1.0
# Files that are not read within so long are reported to the operator. Requests to reload that come
# within so short a time are one.
FILE_READ_SECONDS, RELOAD_PATIENCE_SECONDS = 30.0, 0.1
# Lines of the access log are written together for so long, which a crash loses; beyond so many
# that wait, lines are left out and counted; how long closing waits for them.
LOG_BATCH_SECONDS, LOG_WAITING_LINES, LOG_CLOSE_SECONDS = 0.2, 20_000, 0.5

# ---- requests and answers (web/protocol/, web/http, web/errors) -------------------------------
# Fields of one form or address: far above what a query needs, far below what costs a parser time.
MOST_FIELDS = 1000
# Characters of an address after `?`; servers and proxies cut off soon after it.
LONGEST_ADDRESS = 64_000
# Characters of a header that are read: Accept and its kin, a Content-Type, an If-None-Match.
# RFC 9110, 12.5.1, allows an Accept to be disregarded; 64,000 hold some thousand tags.
LONGEST_ACCEPT, LONGEST_CONTENT_TYPE, LONGEST_IF_NONE_MATCH = 4096, 1000, 64_000

# Seconds in Retry-After by the bound that was hit: short where another query was to blame. A query
# that is too much by itself hardly will be less so. The last two are an engine elsewhere at fault,
# and a build that has to be made again.
RETRY_AFTER_SECONDS = {"queue": 2, "worker": 1, "long": 5, "client": 2}
RETRY_SAME_QUERY_SECONDS, RETRY_ENGINE_SECONDS, RETRY_BUILD_SECONDS = 60, 5, 30

# How long a browser keeps an answer, since nothing can notify it of a new build and asking again
# costs a 304 and no query; and how long the answer to a CORS preflight request: a day.
BROWSER_SECONDS, PREFLIGHT_SECONDS = 60, 86_400

# ---- caches (web/) ----------------------------------------------------------------------------
# Answers of /sparql and pages in all, and what one of them may have at most.
RESPONSE_CACHE_BYTES, CACHE_ITEM_BYTES = 96 * MEBIBYTE, 4 * MEBIBYTE
# What an entry costs besides its body: headers, key, and the map that holds them.
CACHE_ENTRY_BYTES = 1024
# Files for download that stay in memory; others are written again each time. A selection of more
# statements takes too long to write in every format while a client waits.
DOWNLOAD_CACHE_BYTES, DOWNLOAD_STATEMENTS = 32 * MEBIBYTE, 50_000
