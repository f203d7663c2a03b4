"""No request hides in another: framing.py ANNAL.

Each row is what a client sends on one connection: most violate RFC 9112, and hide a command where a
recipient that repairs them would see a second request. Each is sent to the command endpoint itself,
through nginx and through HAProxy, both configured to forward as much as they can. Prints TAP.

Sent directly to annal, a violation gets one answer, an error, and then the end of the connection. Through a
proxy, annal must not have answered more requests than the proxy says it sent, and the hidden command must
not have been executed unless the proxy sent it as a separate request.
"""
import http.client
import os
import re
import shutil
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from proxies import Workplace, Tap, free_port, wait_for  # noqa: E402

HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"
BODY = b'{"copies":123}'
HIDDEN = (b"POST /commands/shelf/hidden-ROW/stock HTTP/1.1\r\n" + HOST + JSON +
          b"Content-Length: 14\r\n\r\n" + BODY)
POST = b"POST /commands/shelf/seen-ROW/stock HTTP/1.1\r\n" + HOST + JSON
GET = b"GET /streams/shelf/seen-ROW HTTP/1.1\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LENGTH = b"Content-Length: 14\r\n"
WHOLE = b"e\r\n" + BODY + b"\r\n0\r\n\r\n"
HIDDEN_LENGTH = b"%d" % (len(HIDDEN))


def hiding(head):
    """A request whose body, unless `head` gives it a length, is a second request."""
    return POST + head + b"\r\n" + HIDDEN


# Name, bytes, and the number of answers if the bytes are valid.
ROWS = [
    # Header lines (RFC 9112 §5.1, §5.2).
    ("a_space_before_the_colon_of_a_length", hiding(b"Content-Length : " + HIDDEN_LENGTH + b"\r\n"), 0),
    ("a_tab_before_the_colon_of_a_length", hiding(b"Content-Length\t: " + HIDDEN_LENGTH + b"\r\n"), 0),
    ("a_space_before_the_colon_of_an_encoding", POST + b"Transfer-Encoding : chunked\r\n\r\n" + WHOLE + HIDDEN, 0),
    ("a_space_before_the_colon_beside_a_length",
     POST + b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN, 0),
    ("a_folded_encoding", POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + WHOLE + HIDDEN, 0),
    ("a_folded_length", hiding(b"Content-Length:\r\n " + HIDDEN_LENGTH + b"\r\n"), 0),
    ("a_length_folded_with_a_tab", hiding(b"Content-Length:\r\n\t" + HIDDEN_LENGTH + b"\r\n"), 0),
    ("a_folded_value_of_any_header", POST + LENGTH + b"X-Note: a\r\n b\r\n\r\n" + BODY + HIDDEN, 0),
    ("a_header_twice_folded", POST + LENGTH + b"X-Note: a\r\n b\r\n c\r\nX-End: 1\r\n\r\n" + BODY + HIDDEN, 0),
    ("a_first_header_that_begins_with_a_space", GET + b" X-Note: a\r\n" + HOST + b"\r\n" + HIDDEN, 0),
    ("a_header_name_that_is_no_token", POST + LENGTH + b"X(a): 1\r\n\r\n" + BODY + HIDDEN, 0),
    ("a_header_without_a_name", POST + LENGTH + b": 1\r\n\r\n" + BODY + HIDDEN, 0),
    ("a_header_without_a_colon", POST + LENGTH + b"X-Note\r\n\r\n" + BODY + HIDDEN, 0),
    ("a_nul_in_a_value", hiding(b"X-Note: a\0b\r\n"), 0),
    ("a_nul_at_the_end_of_a_value", hiding(b"X-Note: a\0\r\n"), 0),
    ("a_nul_in_a_length", POST + b"Content-Length: 14\0" + HIDDEN_LENGTH + b"\r\n\r\n" + BODY + HIDDEN, 0),
    ("a_nul_in_a_name", hiding(b"X\0-Note: a\r\n"), 0),
    ("a_nul_that_begins_a_line", hiding(b"\0X-Note: a\r\n"), 0),
    ("a_bare_cr_in_a_value", hiding(b"X-Note: a\rContent-Length: 14\r\n"), 0),
    ("a_second_cr_at_the_end_of_a_line", hiding(b"X-Note: a\r\r\n"), 0),
    ("a_control_character_in_a_value", hiding(b"X-Note: a\x01b\r\n"), 0),
    # Ends of lines (§2.2).
    ("a_header_that_ends_with_a_bare_lf", hiding(b"X-Note: a\n"), 0),
    ("a_header_behind_a_bare_lf", POST + b"X-Note: a\nContent-Length: 14\r\n\r\n" + BODY + HIDDEN, 0),
    ("a_request_line_that_ends_with_a_bare_lf", GET[:-2] + b"\n" + HOST + b"\r\n" + HIDDEN, 0),
    ("a_head_that_ends_with_a_bare_lf", GET + HOST + b"\n" + HIDDEN, 0),
    ("a_head_of_bare_lf_alone", (GET + HOST).replace(b"\r\n", b"\n") + b"\n" + HIDDEN, 0),
    # The length of the body (§6.1 to §6.3).
    ("a_length_and_an_encoding", POST + LENGTH + CHUNKED + b"\r\n0\r\n\r\n" + HIDDEN, 0),
    ("an_encoding_and_a_length", POST + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN, 0),
    ("two_lengths_that_differ", hiding(b"Content-Length: 0\r\nContent-Length: " + HIDDEN_LENGTH + b"\r\n"), 0),
    ("the_same_length_twice", POST + LENGTH + LENGTH + b"\r\n" + BODY + HIDDEN, 0),
    ("a_list_of_lengths", POST + b"Content-Length: 14, 14\r\n\r\n" + BODY + HIDDEN, 0),
    ("a_length_with_a_plus", POST + b"Content-Length: +14\r\n\r\n" + BODY + HIDDEN, 0),
    ("a_length_below_zero", hiding(b"Content-Length: -1\r\n"), 0),
    ("a_hexadecimal_length", hiding(b"Content-Length: 0x0\r\n"), 0),
    ("an_empty_length", hiding(b"Content-Length:\r\n"), 0),
    ("a_length_with_a_space_inside", POST + b"Content-Length: 1 4\r\n\r\n" + BODY + HIDDEN, 0),
    ("a_length_beyond_64_bits", POST + b"Content-Length: 18446744073709551630\r\n\r\n" + BODY + HIDDEN, 0),
    ("an_encoding_that_is_not_known", POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + WHOLE + HIDDEN, 0),
    ("the_encoding_identity", hiding(b"Transfer-Encoding: identity\r\n"), 0),
    ("an_encoding_that_is_almost_chunked", POST + b"Transfer-Encoding: xchunked\r\n\r\n" + WHOLE + HIDDEN, 0),
    ("an_encoding_with_a_control_character", POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + WHOLE + HIDDEN, 0),
    ("chunked_twice", POST + CHUNKED + CHUNKED + b"\r\n" + WHOLE + HIDDEN, 0),
    ("chunked_in_two_lines_with_another", POST + CHUNKED + b"Transfer-Encoding: x\r\n\r\n" + WHOLE + HIDDEN, 0),
    ("chunked_in_http_1_0",
     POST.replace(b"HTTP/1.1", b"HTTP/1.0") + CHUNKED + b"Connection: keep-alive\r\n\r\n" + WHOLE + HIDDEN, 0),
    # The request line and Host (§3).
    ("a_target_of_another_host", GET.replace(b"/str", b"http://other/str", 1) + HOST + b"\r\n" + HIDDEN, 0),
    ("a_target_of_another_port", GET.replace(b"/str", b"http://localhost:1/str", 1) + HOST + b"\r\n" + HIDDEN, 0),
    ("a_target_without_a_host", GET.replace(b"/str", b"http:///str", 1) + HOST + b"\r\n" + HIDDEN, 0),
    ("a_target_that_does_not_begin_with_a_slash", GET.replace(b"/str", b"str", 1) + HOST + b"\r\n" + HIDDEN, 0),
    ("a_request_without_host", GET + b"\r\n" + HIDDEN, 0),
    ("two_hosts", GET + HOST + b"Host: other\r\n\r\n" + HIDDEN, 0),
    ("a_host_with_a_space", GET + b"Host: local host\r\n\r\n" + HIDDEN, 0),
    ("a_host_with_a_path", GET + b"Host: localhost/x\r\n\r\n" + HIDDEN, 0),
    ("a_host_with_user_information", GET + b"Host: other@localhost\r\n\r\n" + HIDDEN, 0),
    ("two_spaces_before_the_target", GET.replace(b"GET ", b"GET  ") + HOST + b"\r\n" + HIDDEN, 0),
    ("two_spaces_behind_the_target", GET.replace(b" HTTP", b"  HTTP") + HOST + b"\r\n" + HIDDEN, 0),
    ("a_space_in_the_target", GET.replace(b" HTTP", b" x HTTP") + HOST + b"\r\n" + HIDDEN, 0),
    ("a_nul_in_the_target", GET.replace(b" HTTP", b"\0x HTTP") + HOST + b"\r\n" + HIDDEN, 0),
    ("a_control_character_in_the_target", GET.replace(b" HTTP", b"\x01 HTTP") + HOST + b"\r\n" + HIDDEN, 0),
    ("a_method_that_is_no_token", GET.replace(b"GET", b"G(T") + HOST + b"\r\n" + HIDDEN, 0),
    ("a_version_in_lower_case", GET.replace(b"HTTP", b"http") + HOST + b"\r\n" + HIDDEN, 0),
    ("a_version_with_something_behind", GET.replace(b"1.1", b"1.1 x") + HOST + b"\r\n" + HIDDEN, 0),
    # Chunks (§7.1): the library repairs them, so nothing after a chunked body may be a request.
    ("a_bare_lf_behind_a_chunk", POST + CHUNKED + b"\r\ne\r\n" + BODY + b"\n0\r\n\r\n" + HIDDEN, None),
    ("a_bare_lf_behind_a_chunks_size", POST + CHUNKED + b"\r\ne\n" + BODY + b"\r\n0\r\n\r\n" + HIDDEN, None),
    ("a_bare_lf_behind_the_last_chunk", POST + CHUNKED + b"\r\ne\r\n" + BODY + b"\r\n0\n\n" + HIDDEN, None),
    ("a_bare_lf_in_a_chunks_extension", POST + CHUNKED + b"\r\ne;a\nb\r\n" + BODY + b"\r\n0\r\n\r\n" + HIDDEN, None),
    ("a_chunk_longer_than_its_size", POST + CHUNKED + b"\r\nd\r\n" + BODY + b"\r\n0\r\n\r\n" + HIDDEN, None),
    ("a_chunks_size_with_0x", POST + CHUNKED + b"\r\n0xe\r\n" + BODY + b"\r\n0\r\n\r\n" + HIDDEN, None),
    ("a_chunks_size_with_a_space", POST + CHUNKED + b"\r\ne \r\n" + BODY + b"\r\n0\r\n\r\n" + HIDDEN, None),
    ("a_folded_trailer", POST + CHUNKED + b"\r\n" + WHOLE[:-2] + b"X-End: 1\r\n 2\r\n\r\n" + HIDDEN, None),
    # NUL LF is read as CR LF (decision 20): what follows must still not run.
    ("a_nul_and_a_bare_lf", POST + b"X-Note: a\0\nContent-Length: " + HIDDEN_LENGTH + b"\r\n\r\n" + HIDDEN, None),
    # Valid requests are answered.
    ("a_request", GET + HOST + b"\r\n", 1),
    ("two_requests_at_once", GET + HOST + b"\r\n" + GET + HOST + b"\r\n", 2),
    ("a_body_and_a_request_behind_it", POST + LENGTH + b"\r\n" + BODY + GET + HOST + b"\r\n", 2),
    ("a_length_with_leading_zeros", POST + b"Content-Length: 0014\r\n\r\n" + BODY, 1),
    ("names_in_lower_case", GET + b"host: localhost\r\nx-note: a\r\n\r\n", 1),
    ("blanks_around_a_value", GET + HOST + b"X-Note: \t a b\t \r\n\r\n", 1),
    ("a_value_that_is_empty", GET + HOST + b"X-Note:\r\nX-End: \r\n\r\n", 1),
    ("a_value_beyond_ascii", GET + HOST + b"X-Note: \xe9\xc3\xa9\r\n\r\n", 1),
    ("every_character_of_a_token", GET + HOST + b"!#$%&'*+-.^_`|~09azAZ: 1\r\n\r\n", 1),
    ("a_target_of_the_same_host", GET.replace(b"/str", b"http://LOCALHOST/str", 1) + HOST + b"\r\n", 1),
    ("a_query_in_the_target", GET.replace(b" HTTP", b"?from=1&limit=2 HTTP") + HOST + b"\r\n", 1),
    ("an_encoded_target", GET.replace(b"seen", b"s%65en") + HOST + b"\r\n", 1),
    ("an_empty_line_before_the_request", b"\r\n" + GET + HOST + b"\r\n", 1),
    ("a_chunked_body", POST + CHUNKED + b"\r\n" + WHOLE, 1),
    ("chunks_with_extensions_and_a_trailer",
     POST + CHUNKED + b"\r\n4;a=b\r\n" + BODY[:4] + b"\r\n00a\r\n" + BODY[4:] + b"\r\n0;c\r\nX-End: 1\r\n\r\n", 1),
    ("a_request_of_http_1_0_without_host", GET.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n", 1),
    ("a_head_of_20_kib", GET + HOST + b"".join(b"X-%d: %s\r\n" % (n, b"v" * 1000) for n in range(20)) + b"\r\n", 1),
    ("sixty_headers", GET + HOST + b"".join(b"X-%d: %d\r\n" % (n, n) for n in range(60)) + b"\r\n", 1),
]
SPLIT_ROWS = {"a_request", "two_requests_at_once", "blanks_around_a_value", "a_body_and_a_request_behind_it",
              "a_folded_length", "a_nul_in_a_value", "a_header_behind_a_bare_lf"}

NGINX = """
log_format sent '$request_uri upstream=[$upstream_status]';
server {{
    listen 127.0.0.1:{port}; server_name localhost;
    access_log {log} sent;
    ignore_invalid_headers off; underscores_in_headers on; merge_slashes off;
    large_client_header_buffers 4 32k;
    client_header_timeout 1s; client_body_timeout 1s; keepalive_timeout 1s;
    location / {{
        proxy_pass http://annal;
        proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
        proxy_request_buffering off; proxy_read_timeout 5s; proxy_next_upstream off;
    }}
}}
upstream annal {{ server {annal}; keepalive 4; }}
"""

HAPROXY = """
global
    log stdout format raw local0
    tune.bufsize 65536
    tune.maxrewrite 4096
defaults
    mode http
    log global
    log-format "%HU server=[%s]"
    timeout connect 5s
    timeout server 5s
    timeout client 1s
    timeout http-keep-alive 1s
frontend in
    bind 127.0.0.1:{port}
    option accept-invalid-http-request
    default_backend annal
backend annal
    http-reuse always
    retries 0
    server annal {annal}
"""


def exchange(address, data, split=False):
    """All that is received until the connection ends. After the first answer the client asks for the end."""
    host, port = address.rsplit(":", 1)
    received, asked = b"", False
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in ([data[i:i + 1] for i in range(len(data))] if split else [data]):
                connection.sendall(piece)
            while True:
                piece = connection.recv(65536)
                if not piece:
                    break
                received += piece
                if not asked and re.search(rb"^HTTP/1\.\d ", received):
                    asked = True
                    connection.sendall(b"GET /livez?last HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        except (ConnectionResetError, BrokenPipeError):
            pass
    return received


def statuses(received):
    return [int(s) for s in re.findall(rb"HTTP/1\.\d (\d{3}) [A-Z]", received) if s != b"100"]


def ran(address, row):
    """True if the hidden command was executed: its stream exists."""
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("GET", f"/streams/shelf/hidden-{row}")
    status = connection.getresponse().status
    connection.close()
    return status == 200


def straight(place, address, row, data, answers, split):
    before = place.answered("commands")
    received = exchange(address, data, split)
    got, count = statuses(received), place.answered("commands") - before
    last = b"alive" in received  # the client's own request at the end
    faults = []
    # What libmicrohttpd rejects itself, a malformed length, has the head of its answer twice.
    once = len(got) <= 1 or (answers == 0 and count == 0 and len(got) == 2 and got[0] == got[1])
    if answers == 0 and (not once or any(s < 400 or s == 404 for s in got) or count > 1 or last):
        faults.append(f"answered {got}, {count} requests counted; expected an error and the end")
    if answers is None and (len(got) > 1 + last or count > 1 + last):
        faults.append(f"answered {got}, {count} requests counted; expected one, and that of the last")
    if answers and (len(got) != answers + last or any(s not in (200, 201, 404) for s in got)):
        faults.append(f"answered {got}; expected {answers} in order, and that of the last")
    if ran(address, row):
        faults.append("the hidden command was carried out")
    return [f"straight{', byte by byte' if split else ''}: {fault}\n{received[:600]!r}" for fault in faults]


def through(place, proxy, log, at, address, row, data, answers):
    before, seen = place.answered("commands"), len(place.read(log).splitlines())
    received = exchange(at, data)
    count = place.answered("commands") - before
    faults = []

    def sent():
        return [line for line in place.read(log).splitlines()[seen:]
                if re.search(r"upstream=\[\d|server=\[annal\]", line)]
    try:
        wait_for("the proxy logs as many requests as annal answers", lambda: len(sent()) >= count, 3)
    except AssertionError:
        faults.append(f"annal answered {count} requests, the proxy sent {sent()}")
    if ran(address, row) and not any("/hidden-" in line for line in sent()):
        faults.append("the hidden command was carried out")
    if answers and (count == 0 or any(s not in (200, 201, 404) for s in statuses(received))):
        faults.append(f"annal answered {count} requests, the client got {statuses(received)}")
    return [f"through {proxy}: {fault}\n{received[:600]!r}" for fault in faults]


def main():
    tap = Tap()
    with Workplace(sys.argv[1]) as place:
        annal = place.start_annal("commands", "--commands-listen", "127.0.0.1:0", "--bus", "log:")
        proxies = []
        if shutil.which("nginx"):
            port = free_port()
            place.start_nginx(NGINX.format(port=port, log=place.path("nginx-sent"), annal=annal), port)
            proxies.append(("nginx", "nginx-sent", f"127.0.0.1:{port}"))
        if shutil.which("haproxy"):
            port = free_port()
            place.start_haproxy(HAPROXY.format(port=port, annal=annal), port)
            proxies.append(("haproxy", "haproxy.out", f"127.0.0.1:{port}"))
        for number, (name, data, answers) in enumerate(ROWS):
            def bytes_of(run):
                return data.replace(b"-ROW", b"-%03d" % (4 * number + run))
            faults = straight(place, annal, f"{4 * number:03}", bytes_of(0), answers, False)
            if name in SPLIT_ROWS:
                faults += straight(place, annal, f"{4 * number + 1:03}", bytes_of(1), answers, True)
            for run, (proxy, log, at) in enumerate(proxies, 2):
                faults += through(place, proxy, log, at, annal, f"{4 * number + run:03}", bytes_of(run), answers)
            tap.claim(f"{name}_is_answered" if answers else f"{name}_hides_no_request", faults)
    return tap.plan()


sys.exit(main())
