"""HTTP/1.1 over a socket, for requests that no library would send and answers that none would show as they are.

A Request holds the exact target and header values; an Answer holds what came, and in `broken` what was wrong
with its framing. An Exchange is one request on its way: `poll()` reads what has come and never waits longer
than it is asked to.
"""
import re
import select
import shlex
import socket
import time
import urllib.parse


class Request:
    def __init__(self, method, target, headers=(), body=None, chunked=False):
        self.method, self.target, self.body, self.chunked = method, target, body, chunked
        self.headers = list(headers)  # (name, value) with values of str or bytes
        self.operation = None         # the operation that it was made for, if any
        self.right = False            # made from the document and left as it was made

    def header(self, name):
        for other, value in self.headers:
            if other.lower() == name.lower():
                return value if isinstance(value, str) else value.decode("latin-1")
        return None

    def without(self, name):
        self.headers = [(n, v) for n, v in self.headers if n.lower() != name.lower()]

    def replace(self, name, value):
        self.without(name)
        self.headers.append((name, value))

    def bytes(self, authority):
        lines = [f"{self.method} {self.target} HTTP/1.1".encode("utf-8", "surrogateescape")]
        if self.header("Host") is None:
            lines.append(b"Host: " + authority.encode())
        for name, value in self.headers:
            lines.append(name.encode("latin-1") + b": " + (value if isinstance(value, bytes) else value.encode()))
        body = self.body or b""
        if self.chunked:
            lines.append(b"Transfer-Encoding: chunked")
            half = len(body) // 2
            body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:half], body[half:]) if p) + b"0\r\n\r\n"
        elif self.body is not None or self.method in ("POST", "PUT", "PATCH"):
            lines.append(b"Content-Length: %d" % len(body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    def curl(self, url):
        """The command line that sends the same."""
        words = ["curl", "-sgi", "--path-as-is", "--max-time", "45"]
        words += ["--head"] if self.method == "HEAD" else ["-X", self.method]
        words.append(url + self.target)
        line = shlex.join(words)
        for name, value in self.headers + ([("Transfer-Encoding", "chunked")] if self.chunked else []):
            raw = value if isinstance(value, bytes) else value.encode()
            line += " -H " + quote(name.encode() + (b": " + raw if raw else b";"))
        if self.header("Content-Type") is None and self.body is not None:
            line += " -H Content-Type:"
        if self.body is None:
            return line
        if b"\0" in self.body or len(self.body) > 100_000:
            return f"python3 -c 'import sys; sys.stdout.buffer.write({self.body[:2000]!r})' | {line} --data-binary @-"
        return line + " --data-binary " + quote(self.body)


def quote(raw):
    """A word of bash for these bytes; long runs of one character are made by printf."""
    run = re.search(rb"([A-Za-z0-9\[ ])\1{199,}", raw)
    if run:
        made = f"\"$(printf '{run[1].decode()}%.0s' {{1..{len(run[0])}}})\""
        return quote(raw[:run.start()]) + made + (quote(raw[run.end():]) if raw[run.end():] else "")
    try:
        text = raw.decode()
        if text.isprintable():
            return shlex.quote(text)
    except UnicodeDecodeError:
        pass
    return "$'" + "".join(chr(b) if 32 <= b < 127 and b not in b"'\\" else f"\\x{b:02x}" for b in raw) + "'"


class Answer:
    def __init__(self):
        self.status, self.headers, self.body, self.broken = None, [], b"", None
        self.framing = None     # "length", "chunked", "close" or "none"
        self.complete = False   # False of a stream that is still open

    def all(self, name):
        return [v for n, v in self.headers if n == name.lower()]

    def header(self, name):
        found = self.all(name)
        return found[0] if found else None

    def media(self):
        return (self.header("Content-Type") or "").split(";")[0].strip().lower()


class Exchange:
    """A request that was sent. It owns its connection until `connection()` takes it back."""

    def __init__(self, address, request, connection=None):
        self.request, self.began = request, time.monotonic()
        self.answer, self.buffer, self.at_end, self.in_body = Answer(), b"", False, False
        self.fresh = connection is None
        self.socket = connection or socket.create_connection(address, timeout=10)
        self.socket.setblocking(True)
        self.socket.settimeout(20)
        try:
            self.socket.sendall(request.bytes(f"{address[0]}:{address[1]}"))
        except (BrokenPipeError, ConnectionResetError):
            pass  # what it says before it closes is read all the same
        except TimeoutError:
            self.answer.broken = "the server takes no more of the request, and does not close"
        self.socket.setblocking(False)

    def close(self):
        self.socket.close()

    def connection(self):
        """For the next request; None if this answer ends it."""
        last = (self.answer.header("Connection") or "").lower() == "close" or self.at_end or self.answer.broken
        if last or self.buffer or not self.answer.complete or self.answer.framing == "close":
            self.close()
            return None
        return self.socket

    def listens(self):
        """It is answered by a stream that does not end."""
        return self.in_body and self.answer.status == 200 and self.answer.media() == "text/event-stream"

    def poll(self, seconds):
        """Whether the answer is complete or broken; waits at most so long, and not for the end of a live stream."""
        end = time.monotonic() + seconds
        while not self.answer.complete and not self.answer.broken:
            self.parse()
            if self.answer.complete or self.answer.broken or self.at_end:
                break
            if self.listens():
                end = min(end, time.monotonic())
            left = max(0, end - time.monotonic())
            if not select.select([self.socket], [], [], left)[0]:
                return False
            self.receive()
        return True

    def receive(self):
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        self.buffer += data
        if not data:
            self.at_end = True
            self.parse()
            if self.answer.framing == "close" and self.in_body:
                self.answer.body, self.buffer, self.answer.complete = self.answer.body + self.buffer, b"", True
            elif not self.answer.complete:
                self.answer.broken = self.answer.broken or f"the connection ended in the middle of the answer: {self.buffer[:80]!r}"

    def parse(self):
        while not self.in_body and b"\r\n\r\n" in self.buffer and not self.answer.broken:
            head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
            self.read_head(head)
        if self.in_body and not self.answer.complete:
            self.read_body()

    def read_head(self, head):
        lines, answer = head.decode("latin-1").split("\r\n"), self.answer
        version, _, rest = lines[0].partition(" ")
        if version != "HTTP/1.1" or not rest[:3].isdigit() or rest[3:4] not in ("", " "):
            answer.broken = f"not a status line: {lines[0]!r}"
            return
        answer.status = int(rest[:3])
        answer.headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                answer.broken = f"not a header line: {line!r}"
            answer.headers.append((name.lower(), value.strip()))
        if 100 <= answer.status < 200:
            return
        self.in_body = True
        lengths, coding = answer.all("Content-Length"), answer.all("Transfer-Encoding")
        if len(lengths) > 1 or (lengths and coding) or (lengths and not lengths[0].isdigit()):
            answer.broken = f"Content-Length {lengths}, Transfer-Encoding {coding}"
        if self.request.method == "HEAD" or answer.status in (204, 304):
            answer.framing = "none"
        else:
            answer.framing = "chunked" if coding else "length" if lengths else "close"

    def read_body(self):
        answer = self.answer
        if answer.framing == "none":
            answer.complete = True
        elif answer.framing == "length":
            length = int(answer.header("Content-Length"))
            if len(self.buffer) >= length:
                answer.body, self.buffer, answer.complete = self.buffer[:length], self.buffer[length:], True
        while answer.framing == "chunked" and not answer.complete and not answer.broken:
            size, found, rest = self.buffer.partition(b"\r\n")
            if not found:
                return
            try:
                count = int(size.split(b";")[0], 16)
            except ValueError:
                answer.broken = f"not a chunk: {size[:40]!r}"
                return
            if len(rest) < count + 2:
                return
            if rest[count:count + 2] != b"\r\n":
                answer.broken = "a chunk longer than it says"
            answer.body += rest[:count]
            self.buffer = rest[count + 2:]
            answer.complete = count == 0


def address_of(url):
    parts = urllib.parse.urlsplit(url)
    return parts.hostname, parts.port


def ask(address, request, seconds=30):
    """The answer to one request on a connection of its own."""
    exchange = Exchange(address, request)
    exchange.poll(seconds)
    exchange.close()
    return exchange.answer
