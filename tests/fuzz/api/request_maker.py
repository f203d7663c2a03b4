"""Requests of an OpenAPI document: right ones, and such that one or two things are wrong with.

What answers teach (ids, ETags, cursors, keys of rows) is put into later requests, so that some of them find
something.
"""
import urllib.parse

from schema_check import SchemaCheck
from values import EXTREMES, INTEGERS, Maker, NOT_TIMES, TEXTS, dump, mutate, spoil_text
from wire import Request

ACCEPTS = ["*/*", "", "application/json", "text/html", "text/csv", "application/x-ndjson", "application/cloudevents-batch+json",
           "application/problem+json", "application/schema+json", "application/*", "text/*", "*/json", "garbage", "a/b;q=x",
           "application/json;q=0", "application/json;q=0, */*;q=0.1", "text/csv;q=0.5, application/x-ndjson;q=0.501",
           "application/json; charset=utf-8", "application/json;q=1.0001", ",,,", "application/json" + ", a/b" * 2000, "*/*;q=0",
           'text/html;level="1,2", */*;q=.1', "text/event-stream", "TEXT/EVENT-STREAM", "text/event-stream;q=0, */*"]
CONTENT_TYPES = ["application/json; charset=utf-8", "application/JSON", "text/plain", "text/json", "application/vnd.acme+json", "",
                 "application/json;", "application/json; charset=latin1", "application/cloudevents+json", "a/b/c", "*/*",
                 "application/cloudevents-batch+json", "application/cloudevents", "application/x-www-form-urlencoded", "json",
                 "multipart/form-data; boundary=x", b"application/\xff"]
ETAGS = ['"1"', '"0"', 'W/"1"', "*", '"1", "2"', "1", '"', '""', '"99999999999999999999"', '"-1"', '"1" "2"', '"01"', ",", "W/*",
         '"' + "x" * 3000 + '"', b'"\xff"']
PREFERENCES = ["wait=0", "wait=1", "respond-async, wait=0", "wait=-1", "wait=", 'wait="1"', "wait=1e400", "wait=0.5", "wait",
               "wait=99999999999999999999", "wait=9223372036854775807", "wait=2147483648", "wait=1, wait=0", ";", "wait=abc", b"wait=\xff"]
HEADERS = {
    "Accept": ACCEPTS, "Content-Type": CONTENT_TYPES, "If-Match": ETAGS, "If-None-Match": ETAGS, "Prefer": PREFERENCES,
    "Idempotency-Key": ['"k"', "k", "", '"', "k" * 255, "k" * 256, "a b", '"a"b"', b"\xff", "é", "\t"],
    "Correlation-Id": ["c", "", "c" * 128, "c" * 129, 'a"b', "a\\b", b"\xff", "a b"],
    "Causation-Id": ["c", "", "c" * 129, 'a"b'],
    "traceparent": ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "", "ff-x", "x" * 5000],
    "Last-Event-ID": INTEGERS, "Annal-Min-Position": INTEGERS,
    "Host": ["localhost", "example.org", "[::1]", "127.0.0.1:1", "a b", "localhost:99999", "evil.localhost"],
    "Origin": ["https://example.org", "null", "http://localhost"], "Sec-Fetch-Site": ["cross-site", "same-origin", "none", "x"],
    "Range": ["bytes=0-1", "bytes=-1", "x"], "Accept-Encoding": ["gzip", "identity;q=0", "*;q=0"], "Content-Encoding": ["gzip", "identity"],
    "Expect": ["100-continue", "x"], "Connection": ["close", "keep-alive", "upgrade"], "If-Modified-Since": ["x"], "Upgrade": ["h2c"],
    "X-HTTP-Method-Override": ["DELETE"], "Authorization": ["Bearer x"], "X-Big": ["x" * 20000, "x" * 40000], "Cookie": ["a=b"],
    "ce-specversion": ["1.0", "0.3", ""], "ce-id": ["e", "%00", "%zz", "é", "x" * 256, ""], "ce-type": ["order.created.v1", "x", ""],
    "ce-source": ["/fuzz", "", "a b"], "ce-time": NOT_TIMES, "ce-x": ["", "%22", "x" * 10000], "ce-datacontenttype": ["text/plain"],
}
METHODS = ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "FOO", "get", "GET", "POST", "PROPFIND"]
SEGMENTS = ["", ".", "..", "%2e%2e", "%2F", "%00", "%zz", "%", "%c0%80", "%ff", "%F0%9F%98%80", "a%20b", "a;b", "A" * 128, "A" * 129, "*",
            "a+b", "é", "saga", "docs", "x" * 3000, "a&b", "[", "{id}", "'", "%25", "order"]
BROKEN_QUERY = ["&&", "=", "a", "a=b=c", "%zz=1", "limit", "limit=%", "limit=1&limit=1", "x[", "x[]=1", "x[eq=1", "[eq]=1", "%00=%00", "é=é",
                "?", "a" * 9000 + "=1", "&".join(f"p{i}=1" for i in range(300)), "unknown=1", "Limit=1", "limit=1;after=1", "#"]
FIRST_IDS = ["ORD-1", "ORD-2", "ORD-3", "C-1", "P-1", "P-2", "PC-1", "a.b~c_d-e", "Z" * 128]
REMEMBERED = 60


def encode(text):
    return urllib.parse.quote(str(text), safe="", errors="surrogatepass")


def curious(random, least=2):
    """Mostly one."""
    return 1 if random.random() < 0.75 else least


class Requests:
    def __init__(self, random, document):
        self.random, self.document = random, document
        self.maker, self.check = Maker(random, document), SchemaCheck(document)
        self.known = {"id": list(FIRST_IDS), "category": ["order", "inventory", "payment", "parcel"], "etag": ['"1"'], "cursor": []}
        self.operations = [(path, method, operation) for path, item in document["paths"].items()
                           for method, operation in item.items()]
        # Lists and streams have the most code behind a request; each route is as likely as the next.
        self.routes = {}
        for path, method, operation in self.operations:
            self.routes.setdefault((method, operation.get("x-route", path)), []).append((path, method, operation))

    def learn(self, name, value):
        if isinstance(value, (str, int)) and not isinstance(value, bool) and len(str(value)) < 600:
            known = self.known.setdefault(name, [])
            if value not in known:
                known.append(value)
                del known[:-REMEMBERED]

    def make(self):
        r = self.random
        path, method, operation = r.choice(self.routes[r.choice(list(self.routes))])
        request = self.right(path, method, operation)
        if r.random() < 0.55:
            request.right = False
            for _ in range(curious(r, 3)):
                self.spoil(request)
        elif method == "get" and r.random() < 0.15:
            request.method = "HEAD"
        return request

    def extremes(self):
        """Each integer parameter of each route at its extremes, with a wait and without."""
        for choices in self.routes.values():
            path, method, operation = self.random.choice(choices)
            parameters = [self.maker.resolve(p) for p in operation.get("parameters", [])]
            for parameter in parameters:
                for value in EXTREMES if self.is_whole(parameter) and parameter["in"] != "path" else []:
                    for wait in ["", "wait=30"] if any(p["name"] == "Prefer" for p in parameters) else [""]:
                        request = self.right(path, method, operation)
                        request.target, request.right = request.target.partition("?")[0], False
                        request.headers = [("Prefer", wait)] if wait else []
                        if parameter["in"] == "query":
                            request.target += f"?{encode(parameter['name'])}={encode(value)}"
                        else:
                            request.headers.append((parameter["name"], value))
                        yield request

    def crowded(self):
        """More query parameters than the HTTP library has memory for."""
        path, method, operation = next(one for one in self.operations if one[0] == "/livez")
        request = self.right(path, method, operation)
        request.target, request.right = path + "?" + "&".join(f"p{i}=1" for i in range(1000)), False
        return request

    def forms(self):
        """Each route that is read, in each form that the document has of it."""
        for (method, _), choices in self.routes.items():
            path, _, operation = self.random.choice(choices)
            for media in self.media(operation) if method == "get" else []:
                request = self.right(path, method, operation)
                request.headers, request.right = [("Accept", media)], False
                yield request

    def is_whole(self, parameter):
        schema = self.maker.resolve(parameter["schema"])
        return "integer" in [inner.get("type") for inner in [schema, *schema.get("oneOf", [])]]

    # Right requests

    def right(self, path, method, operation):
        r, query, headers = self.random, [], []
        for parameter in operation.get("parameters", []):
            parameter = self.maker.resolve(parameter)
            name, where = parameter["name"], parameter["in"]
            if where == "path":
                path = path.replace("{" + name + "}", encode(self.argument(parameter)), 1)
            elif where == "query" and (parameter.get("required") or r.random() < 0.12):
                query += self.query_argument(self.one_of_several(parameter, operation))
            elif where == "header" and r.random() < 0.15:
                headers.append((name, self.header_argument(name, parameter)))
        target = path + ("?" + "&".join(query) if query else "")
        request = Request(method.upper(), target, headers)
        request.operation, request.right = operation, True
        self.accept(request, operation)
        self.keep_apart(request)
        if "requestBody" in operation:
            self.add_body(request, self.maker.resolve(operation["requestBody"]), operation)
        return request

    def argument(self, parameter):
        r, name, schema = self.random, parameter["name"], self.maker.resolve(parameter["schema"])
        if name == "category" and "own" in parameter.get("description", "").lower() or "has no commands" in parameter.get("description", ""):
            return r.choice(["parcel", "crate"])
        if self.known.get(name) and r.random() < 0.8:
            return r.choice(self.known[name])
        if "example" in parameter and r.random() < 0.3:
            return parameter["example"]
        value = self.maker.value(schema)
        return value if value not in ("", None, ".", "..") else "x"

    def one_of_several(self, parameter, operation):
        """`column[in]` takes values of the column; that they are separated by commas the document says in words."""
        column = parameter["name"].removesuffix("[in]")
        if column == parameter["name"]:
            return parameter
        others = map(self.maker.resolve, operation["parameters"])
        schema = next(other["schema"] for other in others if other["name"] in (column, column + "[eq]"))
        return {"name": parameter["name"], "in": "query", "schema": {"type": "array", "items": schema}, "separated": True}

    def query_argument(self, parameter):
        name, schema = parameter["name"], self.maker.resolve(parameter["schema"])
        if name == "cursor":
            return [f"cursor={encode(self.random.choice(self.known['cursor']))}"] if self.known["cursor"] else []
        if name == "after":  # a position that the log has reached
            return [f"after={self.random.choice(self.known.get('position', [0]) + ['head'])}"]
        if name == "type":
            return [f"type={encode(parameter.get('example', '*'))}"]
        if schema.get("type") == "object":
            names = self.maker.resolve(schema["propertyNames"])["enum"]
            name = self.random.choice(names)
            return [f"{encode(name)}={encode(self.filter_value(name))}"]
        if schema.get("type") == "array":
            items = self.maker.resolve(schema["items"])
            chosen = self.random.sample(items["enum"], min(3, len(items["enum"]))) if "enum" in items else [self.maker.value(items)]
            if parameter.get("separated"):
                chosen = [str(value).replace(",", "") for value in chosen]
            bare = {str(value).lstrip("-"): value for value in chosen}
            return [f"{encode(name)}=" + ",".join(encode(value) for value in bare.values())]
        fitting = [value for value in self.known.get(name, []) if not self.check.faults(value, schema)]
        value = self.random.choice(fitting) if fitting and self.random.random() < 0.5 else self.maker.value(schema)
        value = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
        return [f"{encode(name)}={encode(value)}"]

    def filter_value(self, name):
        column, _, operator = name.rstrip("]").partition("[")
        if operator == "null":
            return self.random.choice(["true", "false"])
        return self.random.choice(self.known.get(column) or ["1"])

    def header_argument(self, name, parameter):
        r = self.random
        if name == "If-Match" or name == "If-None-Match" and "const" not in parameter["schema"]:
            return r.choice(self.known["etag"] + ["*"] if name == "If-Match" else self.known["etag"])
        if name == "Prefer":
            return r.choice(["wait=0", "wait=1", "wait=2"])
        if name in ("Annal-Min-Position", "Last-Event-ID"):
            return str(r.choice(self.known.get("position", [0])))
        if name == "Idempotency-Key":
            return f'"key-{r.randrange(200)}"'
        if name in ("Correlation-Id", "Causation-Id"):
            return f"message-{r.randrange(50)}"
        if name == "traceparent":
            return HEADERS["traceparent"][0]
        return str(self.maker.value(parameter["schema"]))

    def media(self, operation):
        return [media for status, response in operation["responses"].items() if status.startswith("2")
                for media in self.maker.resolve(response).get("content", {})]

    def accept(self, request, operation):
        media = self.media(operation)
        if media and self.random.random() < 0.5:
            request.replace("Accept", self.random.choice(media))

    @staticmethod
    def keep_apart(request):
        """What the document says in words: these exclude each other."""
        path, mark, query = request.target.partition("?")
        if request.header("If-Match"):
            request.without("If-None-Match")
        if "version=" in query and "at=" in query:
            request.target = path + mark + "&".join(p for p in query.split("&") if not p.startswith("at="))
        if path == "/events":
            not_here = ("limit=", "cursor=") if request.header("Accept") == "text/event-stream" else "after=head"
            request.target = path + mark + "&".join(p for p in query.split("&") if not p.startswith(not_here))
        if path.startswith("/read/") and request.header("Accept") == "text/event-stream":
            request.target = path + mark + "&".join(p for p in query.split("&") if not p.startswith("cursor="))

    def add_body(self, request, body, operation):
        r = self.random
        media = r.choice(list(body["content"]))
        if operation["operationId"] == "append":
            value = self.events(request, media)
        elif operation["operationId"] == "commands.send":
            value = {"commands": [self.batched() for _ in range(r.choice([1, 1, 2, 10]))]}
        else:
            value = self.maker.value(body["content"][media]["schema"])
        request.value = value
        request.body = dump(value).encode("utf-8", "surrogatepass")
        request.headers.append(("Content-Type", media))
        request.chunked = r.random() < 0.1

    def batched(self):
        path, _, operation = self.random.choice([o for o in self.operations if "x-events" in o[2] and "{id}" in o[0]])
        category, command = operation["operationId"].split(".", 1)
        media = self.maker.resolve(operation["requestBody"])["content"]["application/json"]
        made = self.maker.value({"$ref": "#/components/schemas/BatchedCommand"})
        made.update(category=category, command=command, data=self.maker.value(media["schema"]))
        if "id" in made:
            made["id"] = self.random.choice(self.known["id"])
        if "traceparent" in made:
            made["traceparent"] = HEADERS["traceparent"][0]
        return made

    def events(self, request, media):
        r = self.random

        def event():
            return {"specversion": "1.0", "id": f"e{r.randrange(100000)}", "source": "/fuzz", "type": "parcel.scanned.v1", "data": self.scan()}
        if "batch" in media:
            return [event() for _ in range(r.choice([1, 2, 5]))]
        if "cloudevents" in media:
            return event()
        request.headers += [("ce-specversion", "1.0"), ("ce-id", f"e{r.randrange(100000)}"), ("ce-source", "/fuzz"),
                            ("ce-type", "parcel.scanned.v1")]
        return self.scan()

    def scan(self):
        schema = self.document["components"]["schemas"].get("parcel.scanned.v1")
        return self.maker.value(schema) if schema else {"place": "Gent"}

    # Wrong ones

    def spoil(self, request):
        ways = [self.spoil_query, self.spoil_query, self.spoil_header, self.spoil_header, self.spoil_header, self.spoil_path, self.spoil_method]
        if request.body is not None:
            ways += [self.spoil_value] * 5 + [self.spoil_body]
        self.random.choice(ways)(request)

    def spoil_query(self, request):
        r = self.random
        path, _, query = request.target.partition("?")
        parts = query.split("&") if query else []
        names = [self.maker.resolve(p) for p in request.operation.get("parameters", [])]
        names = [p for p in names if p["in"] == "query"]
        if names and r.random() < 0.8:
            parameter = r.choice(names)
            schema = self.maker.resolve(parameter["schema"])
            name = parameter["name"]
            if schema.get("type") == "object":
                name = r.choice(self.maker.resolve(schema["propertyNames"])["enum"])
            whole = self.is_whole(parameter)
            value = r.choice(INTEGERS if whole and r.random() < 0.8 else TEXTS + NOT_TIMES + self.known["cursor"][-2:])
            if name == "cursor" and self.known["cursor"] and r.random() < 0.5:
                old = r.choice(self.known["cursor"])
                at = r.randrange(len(old))
                value = old[:at] + r.choice("AZaz09-_=") + old[at + 1:]
            parts = [p for p in parts if r.random() < 0.1 or not p.startswith(name + "=")] + [f"{name}={encode(value)}"]
        else:
            parts.append(r.choice(BROKEN_QUERY))
        request.target = path + "?" + "&".join(parts)
        request.target = "".join(c if 32 < ord(c) < 127 else urllib.parse.quote(c, errors="surrogatepass") for c in request.target)

    def spoil_header(self, request):
        r = self.random
        own = [p["name"] for p in map(self.maker.resolve, request.operation.get("parameters", [])) if p["in"] == "header"]
        name = r.choice(own) if own and r.random() < 0.5 else r.choice(list(HEADERS))
        value = r.choice(HEADERS[name])
        if r.random() < 0.1:
            request.headers.append((name, value))
        else:
            request.replace(name, value)

    def spoil_path(self, request):
        r = self.random
        path, mark, query = request.target.partition("?")
        segments = path.split("/")
        at, how = r.randrange(len(segments)), r.randrange(4)
        if how == 0:
            segments.insert(at, r.choice(SEGMENTS))
        elif how == 1 and len(segments) > 1:
            del segments[at]
        elif how == 2:
            segments[at] = "".join(f"%{ord(c):02X}" if ord(c) < 128 else c for c in segments[at])
        else:
            segments[at] = r.choice(SEGMENTS)
        path = "/".join(segments)
        request.target = urllib.parse.quote(path if path.startswith("/") else "/" + path, safe="/%;*+&[]{}'=.~") + mark + query

    def spoil_method(self, request):
        request.method = self.random.choice(METHODS)

    def spoil_value(self, request):
        request.body = dump(mutate(self.random, request.value)).encode("utf-8", "surrogatepass")

    def spoil_body(self, request):
        request.body = spoil_text(self.random, dump(request.value))
