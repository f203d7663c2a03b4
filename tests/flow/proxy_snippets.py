"""The proxies' configurations in a document work: proxy_snippets.py ANNAL DOCUMENT.

Takes the blocks marked ```nginx and ```caddyfile out of the document, replaces its addresses by free
ports, and runs each proxy in front of annal: commands, queries, paths that only begin like those of the
query endpoint, a body at the limit and one beyond, a live feed whose events arrive at once, and a long poll. Prints TAP.
"""
import http.client
import json
import os
import re
import shutil
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from proxies import PATIENCE_S, Workplace, Tap, free_port, wait_for  # noqa: E402

NAME = "orders.example.com"
LIMIT = 1048576


def snippet(document, language):
    with open(document, encoding="utf-8") as file:
        found = re.search(rf"^```{language}\n(.*?)^```", file.read(), re.M | re.S)
    return found.group(1)


class Client:
    """Calls the proxy by the name it serves."""

    def __init__(self, port):
        self.port = port

    def open(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        headers = {"Host": NAME, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection.request(method, path, body, headers)
        return connection.getresponse()

    def call(self, method, path, body=None, **headers):
        answer = self.open(method, path, body, **headers)
        return answer.status, dict(answer.getheaders()), answer.read()

    def stock(self, book):
        return self.call("POST", f"/commands/shelf/{book}/stock", b'{"copies":1}',
                         Content_Type="application/json")


def check(condition, fault):
    return [] if condition else [fault]


def commands_and_queries(client):
    status, headers, body = client.stock("B-1")
    faults = check(status == 201 and "Annal-Position" in headers, (status, body))
    status, _, body = client.call("GET", "/read/shelves/B-1",
                                  Annal_Min_Position=headers.get("Annal-Position", "1"))
    return faults + check(status == 200 and json.loads(body)["book_id"] == "B-1", (status, body))


def the_query_endpoint_gets_its_paths_alone(client):
    """/readyz begins like /read but belongs to the command endpoint."""
    status, _, body = client.call("GET", "/readyz")
    faults = check(status == 200 and b'"desk"' in body, (status, body))
    for path, member in (("/read", b'"tables"'), ("/query", b'"queries"'), ("/query/empty_shelves?at_most=9", b'"rows"')):
        status, _, body = client.call("GET", path)
        faults += check(status == 200 and member in body, (status, body))
    return faults


def a_key_replays(client):
    first, second = (client.call("POST", "/commands/shelf/B-2/stock", b'{"copies":1}',
                                 Content_Type="application/json", Idempotency_Key="once") for _ in range(2))
    return check(second[1].get("Idempotency-Replayed") == "true" and first[2] == second[2], (first, second))


def bodies_are_bounded(client):
    status, _, body = client.call("POST", "/commands/shelf/B-3/stock",
                                  b'{"copies":1}'.ljust(LIMIT), Content_Type="application/json")
    faults = check(status == 201, (status, body))
    for _ in range(10):
        status, headers, body = client.call("POST", "/commands/shelf/B-3/stock",
                                            b'{"copies":1}'.ljust(LIMIT + 1), Content_Type="application/json")
        faults += check(status == 413 and b"/problems/body-too-large" in body, (status, headers, body))
    return faults


def none_listens(client):
    return b"annal_feed_listeners 0\n" in client.call("GET", "/metrics")[2]


def events_come_at_once(client):
    """Each event is sent after the previous one was received: a proxy that buffers them would wait forever."""
    answer = client.open("GET", "/events?after=head&category=shelf", Accept="text/event-stream")
    faults = check(answer.status == 200, answer.status)
    for number in range(3):
        client.stock(f"B-live-{number}")
        try:
            for line in iter(answer.fp.readline, b""):
                if f"shelf/B-live-{number}".encode() in line:
                    break
        except socket.timeout:
            faults.append(f"event {number} did not come")
            break
    answer.close()
    return faults


def listeners_that_leave_are_gone(client):
    """annal notices it without sending another event."""
    answers = [client.open("GET", "/events?after=head", Accept="text/event-stream") for _ in range(3)]
    wait_for("they listen", lambda: b"annal_feed_listeners 3\n" in client.call("GET", "/metrics")[2])
    for answer in answers:
        answer.close()
    wait_for("none listens", lambda: none_listens(client), 10)
    return []


def a_long_poll_waits(client):
    wait_for("none listens", lambda: none_listens(client), 10)
    at = client.call("GET", "/events?limit=1000")[1]["Annal-Position"]
    answers = []

    def poll():
        answers.append(client.call("GET", f"/events?after={at}", Prefer="wait=30"))
    waiting = threading.Thread(target=poll)
    waiting.start()
    wait_for("the poll waits", lambda: b"annal_feed_listeners 1\n" in client.call("GET", "/metrics")[2]
             or answers)
    faults = check(not answers, f"answered at once: {answers}")
    client.stock("B-poll")
    waiting.join(PATIENCE_S)
    return faults + check(answers and b"shelf/B-poll" in answers[0][2], answers)


def another_name_is_refused(client):
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=PATIENCE_S)
    connection.request("GET", "/livez", headers={"Host": "other.example.com"})
    answer = connection.getresponse()
    body = answer.read()
    return check(b"alive" not in body, (answer.status, body))


CLAIMS = [commands_and_queries, the_query_endpoint_gets_its_paths_alone, a_key_replays, bodies_are_bounded, events_come_at_once,
          listeners_that_leave_are_gone, a_long_poll_waits, another_name_is_refused]


def run(tap, annal, document, proxy, language):
    with Workplace(annal) as place:
        at = {"127.0.0.1:8080": place.start_annal("commands", "--commands-listen", "127.0.0.1:0", "--bus", "log:",
                                                  "--hosts", NAME)}
        place.start_annal("projector", "shelves", "--bus", "log:")
        at["127.0.0.1:8081"] = place.start_annal("queries", "--queries-listen", "127.0.0.1:0", "--hosts", NAME)
        port = free_port()
        text = snippet(document, language)
        for old, new in at.items():
            assert old in text, f"{old} is not in the {language} block"
            text = text.replace(old, new)
        if proxy == "nginx":
            place.start_nginx(text.replace("listen 80;", f"listen 127.0.0.1:{port};"), port)
        else:
            text = text.replace(f"http://{NAME}", f"http://{NAME}:{port}")
            place.start_caddy("{\n\tadmin off\n\tauto_https off\n}\n" + text, port)
        client = Client(port)
        for claim in CLAIMS:
            try:
                faults = claim(client)
            except Exception as error:  # pylint: disable=broad-except
                faults = [repr(error)]
            tap.claim(f"through_{proxy}_{claim.__name__}", faults)


def main():
    tap = Tap()
    for proxy, language in (("nginx", "nginx"), ("caddy", "caddyfile")):
        if shutil.which(proxy):
            run(tap, sys.argv[1], sys.argv[2], proxy, language)
    return tap.plan()


sys.exit(main())
