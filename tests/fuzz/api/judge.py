"""Holds each answer to the OpenAPI document: status, media type, body, headers, problem documents.

Where the document says nothing (a path or method that it does not have, what holds for every request) it is
RFC 9110, RFC 9457 and docs/reference/http.md.
"""
import csv
import io
import json
import urllib.parse

from schema_check import SchemaCheck, brief

ANYWHERE = {400, 403, 413, 421, 431}           # before a path is looked at
OVERLOAD = {"queue-full", "position-not-reached", "query-timeout"}   # a 503 that requests may cause
NOTABLE = ("annal-", "etag", "link", "location", "retry-after", "idempotency-", "preference-applied", "correlation-id")
OF_HEAD = ("content-type", "etag", "vary", "cache-control", "link", "location", "retry-after", "annal-position", "preference-applied",
           "x-content-type-options", "content-security-policy")


def match(template, route, path):
    """How well the path fits: None, or the number of segments that are literally the same.

    What is a parameter of the route may be percent-encoded, though the document has a path for each of its values."""
    wanted, given, behind = template.split("/"), path.split("/"), route.split("/")
    if len(wanted) != len(given):
        return None
    literal = 0
    for i, (one, other) in enumerate(zip(wanted, given)):
        if one.startswith("{"):
            continue
        if one != (urllib.parse.unquote(other, errors="replace") if i >= len(behind) or behind[i].startswith("{") else other):
            return None
        literal += 1
    return literal


class Judge:
    def __init__(self, document, learn=lambda name, value: None):
        self.document, self.check, self.learn = document, SchemaCheck(document), learn

    def find(self, request):
        """The methods of the path, and the operation if there is one of this method."""
        path = request.target.partition("?")[0].partition("#")[0]
        fits = [(match(template, next(iter(item.values())).get("x-route", template), path), template)
                for template, item in self.document["paths"].items()]
        fits = [fit for fit in fits if fit[0] is not None]
        if not fits:
            return None, None
        item = self.document["paths"][max(fits)[1]]
        return item, item.get("get" if request.method == "HEAD" else request.method.lower() if request.method.isupper() else "")

    def faults(self, request, answer):
        if answer.broken:
            return [answer.broken]
        item, operation = self.find(request)
        media, status = answer.media(), answer.status
        found = self.standards(request, answer)
        if operation and (response := operation["responses"].get(str(status))):
            found += self.documented(request, answer, self.check.resolve(response))
        elif operation:
            found.append(f"status {status} is not documented for {operation['operationId']}: {brief(answer.body)}")
        else:
            found += self.undocumented(request, answer, item)
        if status >= 400 and status != 431:
            found += self.problem(request, answer, media)
        if status >= 500:
            found += self.overload(answer)
        return found + (self.of_right(request, answer) if request.right else [])

    def standards(self, request, answer):
        found = []
        if not answer.header("Date"):
            found.append("no Date (RFC 9110, 6.6.1)")
        if answer.status == 405 and not answer.header("Allow"):
            found.append("405 without Allow (RFC 9110, 15.5.6)")
        if answer.body and not answer.header("Content-Type") and answer.status != 431:
            found.append("a body without Content-Type")
        if answer.framing == "close" and answer.status != 431:
            found.append("neither Content-Length nor chunked")
        if answer.framing == "none" and answer.status == 304 and not answer.header("ETag"):
            found.append("304 without ETag (RFC 9110, 15.4.5)")
        return found

    def undocumented(self, request, answer, item):
        path, status = request.target.partition("?")[0], answer.status
        if item:
            allowed = ANYWHERE | {405}
        elif request.method in ("GET", "HEAD") and path.startswith(("/docs/", "/problems/")):
            allowed = ANYWHERE | {200, 304, 404, 405, 406}
        else:
            allowed = ANYWHERE | {404, 405, 406, 415}
        return [] if status in allowed else [f"status {status} for a path or method that the document does not have: {brief(answer.body)}"]

    def documented(self, request, answer, response):
        found = self.headers(answer, response.get("headers", {}))
        content, media = response.get("content", {}), answer.media()
        if answer.status == 431:
            return found
        if not content:
            return found + ([f"a body where none is documented: {brief(answer.body)}"] if answer.body else [])
        if media not in content:
            return found + [f"Content-Type {answer.header('Content-Type')!r} is none of {list(content)}"]
        if request.method != "HEAD":
            found += self.body(answer, media, content)
        return found

    def headers(self, answer, documented):
        found, names = [], {name.lower() for name in documented}
        for name, header in documented.items():
            header, value = self.check.resolve(header), answer.header(name)
            if value is None:
                found += [f"the header {name} is missing"] if header.get("required") else []
                continue
            if header["schema"].get("type") == "integer":
                value = int(value) if value.lstrip("-").isdigit() else value
            found += self.check.faults(value, header["schema"], name)
        return found + [f"the header {name} is not documented for {answer.status}" for name, _ in answer.headers
                        if name.startswith(NOTABLE) and name not in names and answer.status != 405]

    def body(self, answer, media, content):
        try:
            text = answer.body.decode()
        except UnicodeDecodeError as error:
            return [f"the body is not UTF-8: {error}"]
        schema = content[media]["schema"]
        if media.endswith("json") and media != "application/x-ndjson":
            try:
                value = json.loads(text, parse_constant=self.no_number)
            except ValueError as error:
                return [f"the body is not JSON: {error}: {brief(text)}"]
            self.look(value)
            return self.check.faults(value, schema)
        if media == "application/x-ndjson":
            return self.lines(text, self.item_schema(content), answer)
        if media == "text/csv":
            return self.csv(text, answer)
        if media == "text/event-stream":
            return self.events(text)
        return self.check.faults(text, schema)

    @staticmethod
    def no_number(name):
        raise ValueError(f"{name} is no JSON")

    def item_schema(self, content):
        """What a line of NDJSON is: an item of the other forms of the same."""
        for media in ("application/cloudevents-batch+json", "application/json"):
            schema = self.check.resolve(content[media]["schema"]) if media in content else {}
            for items in (schema, self.check.resolve(schema.get("properties", {}).get("rows", {}))):
                if "items" in items:
                    return items["items"]
        return True

    def lines(self, text, schema, answer):
        if text and not text.endswith("\n"):
            return ["the last line of NDJSON has no line feed"]
        found = []
        for line in text.split("\n")[:-1]:
            try:
                value = json.loads(line)
            except ValueError as error:
                return [f"a line of NDJSON is not JSON: {error}: {brief(line)}"]
            self.look({"rows": [value]})
            found += self.check.faults(value, schema)
        return found[:5]

    @staticmethod
    def csv(text, answer):
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        if not rows:
            return ["CSV without a header line"]
        wrong = [row for row in rows if len(row) != len(rows[0]) and row]
        return [f"a line of CSV has {len(wrong[0])} fields, the header {len(rows[0])}: {brief(wrong[0])}"] if wrong else []

    @staticmethod
    def events(text):
        found = []
        for line in text.split("\n")[:-1]:
            field, _, value = line.partition(":")
            if field not in ("", "id", "event", "data", "retry"):
                found.append(f"not a line of server-sent events: {brief(line)}")
            elif field == "data":
                try:
                    json.loads(value)
                except ValueError as error:
                    found.append(f"data that is not JSON: {error}: {brief(line)}")
        return found[:5]

    def problem(self, request, answer, media):
        if request.method == "HEAD":
            return []
        if answer.status == 503 and media == "application/json" and request.target.startswith("/readyz"):
            return []
        if media != "application/problem+json":
            return [f"status {answer.status} with {media!r} in place of a problem document: {brief(answer.body)}"]
        try:
            problem = json.loads(answer.body.decode())
        except ValueError as error:
            return [f"the problem document is not JSON: {error}: {brief(answer.body)}"]
        found = self.check.faults(problem, {"$ref": "#/components/schemas/Problem"})
        if not found and problem["status"] != answer.status:
            found.append(f"the problem's status is {problem['status']}, that of the answer {answer.status}")
        for name in ("type", "title", "detail", "traceId"):
            if not problem.get(name):
                found.append(f"the problem document has no {name}")
        return found

    @staticmethod
    def overload(answer):
        try:
            kind = json.loads(answer.body).get("type", "").rpartition("/")[2] if answer.body else "queue-full"
        except ValueError:
            kind = "not a problem document"
        return [] if answer.status == 503 and kind in OVERLOAD else [f"status {answer.status}, {kind}: {brief(answer.body)}"]

    @staticmethod
    def of_right(request, answer):
        """A request that the document allows is not malformed."""
        if answer.status < 400 or answer.status in (404, 409, 412, 503):
            return []
        if b"/problems/idempotency-key-reused" in answer.body or b"/problems/invalid-cursor" in answer.body:
            return []
        if request.method == "HEAD" and "cursor=" in request.target:
            return []
        return [f"a request that the document allows is answered {answer.status}: {brief(answer.body)}"]

    def look(self, value):
        """Learns what later requests can ask for."""
        if not isinstance(value, dict):
            return
        if "next_cursor" in value:
            self.learn("cursor", value["next_cursor"])
        if "position" in value:
            self.learn("position", value["position"])
        if "schemas" not in value:
            for row in (value.get("rows") or [])[:5] + [value]:
                for name, inner in row.items() if isinstance(row, dict) else []:
                    if name not in ("id", "type", "name", "category", "position", "next_cursor"):
                        self.learn(name, inner)


def compare_head(get, head):
    """RFC 9110, 9.3.2: HEAD has the header fields that GET would have had, but may leave out what depends on the body."""
    found = []
    if get.status != head.status:
        return [f"GET answers {get.status}, HEAD {head.status}"]
    for name in OF_HEAD:
        if get.header(name) != head.header(name):
            found.append(f"{name} is {get.header(name)!r} for GET, {head.header(name)!r} for HEAD")
    length = head.header("Content-Length")
    if length is not None and get.framing != "length":
        found.append(f"HEAD says Content-Length: {length}, GET is {get.framing}")
    elif length is not None and get.complete and length != get.header("Content-Length") and get.header("ETag"):
        found.append(f"HEAD says Content-Length: {length}, GET {get.header('Content-Length')}")
    return found
