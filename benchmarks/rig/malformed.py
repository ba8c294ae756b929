"""Malformed HTTP requests, and valid ones that only a hostile client would send."""

from __future__ import annotations

from rig.raw_http import HOST

ASK = "query=ASK%7B%7D"
FORM = "Content-Type: application/x-www-form-urlencoded"


def list_statuses() -> frozenset[int]:
    """Return the statuses that a hostile request may get; of the 5xx, none but 503."""
    answered = {200, 204, 400, 403, 404, 405, 406, 408, 411, 413, 414, 415, 417, 421, 426, 429, 431}
    return frozenset(answered | {503})


def list_requests() -> dict[str, bytes]:
    """Return malformed requests by name; none of them may get a 5xx or two responses."""
    return {
        **_lines(),
        **_heads(),
        **_bodies(),
        **_contents(),
        **_negotiations(),
        **_smuggles(),
    }


def _request(line: str, *fields: str, body: bytes = b"", host: str = f"Host: {HOST}") -> bytes:
    accept = (
        [] if any(field.startswith("Accept:") for field in fields) else ["Accept: application/json"]
    )
    head = [line, *([host] if host else []), *fields, *accept, "Connection: close"]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def _lines() -> dict[str, bytes]:
    return {
        "nothing but line ends": b"\r\n\r\n\r\n\r\n",
        "noise": bytes(range(256)) * 40,
        "a TLS hello": bytes.fromhex("16030100c8010000c40303") + b"\x00" * 180,
        "HTTP/0.9": f"GET /sparql?{ASK}\r\n".encode(),
        "HTTP/1.0 without Host": f"GET /sparql?{ASK} HTTP/1.0\r\n\r\n".encode(),
        "HTTP/1.1 without Host": _request(f"GET /sparql?{ASK} HTTP/1.1", host=""),
        "HTTP/9.9": _request(f"GET /sparql?{ASK} HTTP/9.9"),
        "an HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 9,
        "an unknown method": _request(f"BREW /sparql?{ASK} HTTP/1.1"),
        "an empty method": _request(f" /sparql?{ASK} HTTP/1.1"),
        "PUT": _request("PUT /sparql HTTP/1.1", "Content-Length: 0"),
        "TRACE": _request("TRACE /sparql HTTP/1.1"),
        "CONNECT": _request("CONNECT example.org:443 HTTP/1.1"),
        "OPTIONS *": _request("OPTIONS * HTTP/1.1"),
        "absolute form": _request(f"GET http://example.org/sparql?{ASK} HTTP/1.1"),
        "a path of two dots": _request("GET /../../../../etc/passwd HTTP/1.1"),
        "a path of encoded dots": _request("GET /static/%2e%2e%2f%2e%2e%2fetc/passwd HTTP/1.1"),
        "bad percent-encoding": _request("GET /sparql?query=%ZZ%4&%%%=% HTTP/1.1"),
        "percent-encoded noise": _request("GET /sparql?query=%ff%fe%80%c0%af HTTP/1.1"),
        "a null in the path": _request("GET /spa\x00rql HTTP/1.1"),
        "an encoded null": _request("GET /sparql?query=ASK%7B%7D%00 HTTP/1.1"),
        "a path of 100 kB": _request(f"GET /{'x' * 100_000} HTTP/1.1"),
        "a path of 10 MB": _request(f"GET /sparql?query={'x' * 10_000_000} HTTP/1.1"),
        "100,000 parameters": _request(f"GET /sparql?{'a=b&' * 100_000}{ASK} HTTP/1.1"),
        "1,000 queries": _request(f"GET /sparql?{'&'.join([ASK] * 1_000)} HTTP/1.1"),
        "1,000 graphs": _request(f"GET /sparql?{ASK}{'&default-graph-uri=x:y' * 1_000} HTTP/1.1"),
        "a file as a graph": _request(
            f"GET /sparql?{ASK}&default-graph-uri=file:///etc/passwd HTTP/1.1"
        ),
    }


def _heads() -> dict[str, bytes]:
    line = f"GET /sparql?{ASK} HTTP/1.1"
    return {
        "100,000 headers": _request(line, *(f"X-{number}: y" for number in range(100_000))),
        "a header of 10 MB": _request(line, "X-Long: " + "y" * 10_000_000),
        "a header name of 100 kB": _request(line, "X" * 100_000 + ": y"),
        "a header with a null": _request(line, "X-Null: a\x00b"),
        "a header without a colon": _request(line, "X-Nothing"),
        "a header with a space": _request(line, "X Nothing : y"),
        "a folded header": _request(line, "X-Folded: a", " b"),
        "lone line feeds": _request(f"GET /sparql?{ASK} HTTP/1.1").replace(b"\r\n", b"\n"),
        "two Hosts": _request(line, "Host: example.org"),
        "a Host of noise": _request(line, host="Host: \xff\xfe<script>"),
        "a Host with a path": _request(line, host="Host: example.org/../x"),
        "a Cookie of 60 kB": _request(line, "Cookie: " + "c=d; " * 12_000),
        "an impossible Upgrade": _request(line, "Upgrade: websocket", "Sec-WebSocket-Key: x"),
        "Expect nonsense": _request(line, "Expect: 999-nonsense"),
        "a Range": _request(line, "Range: bytes=0-,0-,0-,-1,99999999999999999999-"),
        "noise as a tag": _request(line, 'If-None-Match: "\xff", W/, ",,", *'),
    }


def _bodies() -> dict[str, bytes]:
    line, chunked = "POST /sparql HTTP/1.1", "Transfer-Encoding: chunked"
    return {
        "no length": _request(line, FORM),
        "a negative length": _request(line, FORM, "Content-Length: -1", body=b"x"),
        "a length of noise": _request(line, FORM, "Content-Length: 0x10", body=b"x" * 16),
        "a length past all bounds": _request(line, FORM, "Content-Length: " + "9" * 40),
        "a length of 10 GB": _request(line, FORM, "Content-Length: 10000000000", body=b"query="),
        "two lengths": _request(
            line, FORM, "Content-Length: 5", "Content-Length: 6", body=b"x" * 6
        ),
        "a chunk of noise": _request(line, FORM, chunked, body=b"zz\r\nquery\r\n0\r\n\r\n"),
        "a chunk past all bounds": _request(line, FORM, chunked, body=b"f" * 32 + b"\r\nx"),
        "a chunk too short": _request(line, FORM, chunked, body=b"3\r\nquery=\r\n0\r\n\r\n"),
        "a chunk extension of 1 MB": _request(
            line, FORM, chunked, body=b"1;" + b"x" * 1_000_000 + b"\r\nq\r\n0\r\n\r\n"
        ),
        "trailers of 1 MB": _request(
            line, FORM, chunked, body=b"0\r\n" + b"X-T: y\r\n" * 125_000 + b"\r\n"
        ),
        "12 MB in chunks of a byte": _request(
            line, FORM, chunked, body=b"1\r\nq\r\n" * 2_000_000 + b"0\r\n\r\n"
        ),
    }


def _contents() -> dict[str, bytes]:
    line = "POST /sparql HTTP/1.1"
    return {
        "an unknown coding": _request(line, FORM, "Transfer-Encoding: brotli, chunked"),
        "a zipped body": _request(
            line, FORM, "Content-Encoding: gzip", "Content-Length: 4", body=b"\x1f\x8b\x08\x00"
        ),
        "a body of noise": _request(
            line,
            "Content-Type: application/sparql-query",
            "Content-Length: 4",
            body=b"\xff\xfe\x00{",
        ),
        "an unknown charset": _request(
            line,
            "Content-Type: application/sparql-query; charset=nonsense-8",
            "Content-Length: 5",
            body=b"ASK{}",
        ),
        "a coding that is no charset": _request(
            line,
            "Content-Type: application/sparql-query; charset=zlib",
            "Content-Length: 5",
            body=b"ASK{}",
        ),
        "a multipart bomb": _request(
            line,
            "Content-Type: multipart/form-data; boundary=b",
            "Content-Length: 1200000",
            body=b"--b\r\nContent-Disposition: form-data; name=q\r\n\r\nx\r\n" * 23_529 + b"x" * 21,
        ),
        "a form of 100,000 fields": _request(
            line, FORM, "Content-Length: 400000", body=b"a=b&" * 100_000
        ),
    }


def _negotiations() -> dict[str, bytes]:
    line = f"GET /sparql?{ASK} HTTP/1.1"
    return {
        "Accept of noise": _request(line, "Accept: \xff/\xfe;q=;;;,,,/"),
        "Accept of 50,000 types": _request(line, "Accept: " + "a/b;q=0.1," * 5_000),
        "Accept with odd weights": _request(line, "Accept: */*;q=nan, text/*;q=1e9, a/b;q=-1"),
        "Accept of quotes": _request(line, 'Accept: text/html;a="\\"\\"\\'),
        "an unknown encoding": _request(line, "Accept-Encoding: nonsense;q=x, *;q=0, identity;q=0"),
        "10,000 encodings": _request(line, "Accept-Encoding: " + "gzip," * 10_000),
        "a format of noise": _request(f"GET /sparql?{ASK}&format=%00%ff../../x HTTP/1.1"),
    }


def _smuggles() -> dict[str, bytes]:
    line, chunked = "POST /sparql HTTP/1.1", "Transfer-Encoding: chunked"
    second = f"GET /health HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    inner = f"{len(second):x}\r\n".encode() + second + b"\r\n0\r\n\r\n"
    keep = f"Host: {HOST}"

    def both(*fields: str, body: bytes) -> bytes:
        return "\r\n".join([line, keep, FORM, *fields]).encode("latin-1") + b"\r\n\r\n" + body

    whole = b"0\r\n\r\n" + second
    return {
        "smuggled by length": both(f"Content-Length: {len(whole)}", chunked, body=whole),
        "smuggled by chunks": both("Content-Length: 4", chunked, body=inner),
        "smuggled by a second coding": both(
            f"Content-Length: {len(whole)}", chunked, "Transfer-Encoding: x", body=whole
        ),
        "smuggled by an odd coding": both(
            f"Content-Length: {len(whole)}", "Transfer-Encoding: \x0bchunked", body=whole
        ),
        "smuggled by a spaced name": both(
            f"Content-Length: {len(whole)}", "Transfer-Encoding : chunked", body=whole
        ),
        "smuggled by two lengths": both(
            "Content-Length: 0", f"Content-Length: {len(second)}", body=second
        ),
    }
