#!/usr/bin/env python3
"""Sends requests generated from the OpenAPI documents of both endpoints, right ones and spoiled ones, and holds
every answer to the document.

openapi_fuzz.py [--seed N] [--seconds N] [--annal PROGRAM] [--target URL]...

Starts `annal up` of PROGRAM over data of its own, or uses the endpoints at the URLs. Faults are: an answer that the document does not
allow (judge.py), no answer within the deadline, HEAD that differs from GET, a process that ends, is replaced or
does not come to rest, a report of a sanitizer, a line of level error in the log. Each is printed with its reason and
the request as a curl line. The same seed gives the same choices; what answers teach (ids, ETags, cursors) enters into
them. Prints TAP; exit status 1 if there was a fault. ANNAL_FUZZ_SECONDS and ANNAL_FUZZ_SEED stand for the options.
"""
import argparse
import collections
import json
import os
import random
import time

from judge import Judge, compare_head
from request_maker import Requests
from server import Server
from wire import Exchange, Request, address_of, ask

DEADLINE_S = 45        # the longest wait that a request may ask for is 30 s
PARKED_MOST = 12       # requests that wait, and listeners, beside the others
REST_EVERY_S = 15      # after so long, all that is not waiting must come to rest
FAULTS_SHOWN = 40


class ServerGone(Exception):
    """A process died: with it its address, and what it knew."""


class Endpoint:
    def __init__(self, url, rng):
        self.url, self.address, self.idle = url.rstrip("/"), address_of(url), None
        self.last = collections.deque(maxlen=5)  # sent last, for when the process dies
        self.await_ready()
        self.document = json.loads(ask(self.address, Request("GET", "/openapi.json")).body)
        self.requests = Requests(rng, self.document)
        self.judge = Judge(self.document, self.requests.learn)

    def curl_line(self, request):
        return request.curl(self.url)[:4000]

    def await_ready(self):
        """A read model that is still being built is no fault."""
        end = time.monotonic() + 60
        while ask(self.address, Request("GET", "/readyz")).status != 200:
            if time.monotonic() > end:
                raise SystemExit(f"{self.url} does not get ready")
            time.sleep(0.05)

    def send(self, request):
        """On the connection that is kept, or on a new one if the server has closed it."""
        self.last.append(request)
        kept, self.idle = self.idle, None
        exchange = Exchange(self.address, request, kept)
        if kept and exchange.poll(0.02) and exchange.answer.status is None:
            exchange.close()
            exchange = Exchange(self.address, request)
        return exchange


class Fuzz:
    def __init__(self, urls, seed, server):
        self.random, self.server = random.Random(seed), server
        self.endpoints = [Endpoint(url, self.random) for url in urls]
        self.parked, self.faults = [], collections.OrderedDict()
        self.statuses, self.sent, self.heads = collections.Counter(), 0, 0

    def report(self, reason, endpoint=None, request=None):
        """Of the same reason at the same operation the first is enough."""
        operation = request.operation["operationId"] if request and request.operation else ""
        route = request.operation.get("x-route", operation) if operation else ""
        key = (route, "".join(c for c in reason if not c.isdigit())[:60])
        if key not in self.faults:
            self.faults[key] = f"{reason}\n  {endpoint.curl_line(request)}" if request else reason
            print("# fault: " + self.faults[key].replace("\n", "\n# "), flush=True)

    def judge(self, endpoint, exchange):
        self.statuses[exchange.answer.status] += 1
        etag = exchange.answer.header("ETag")
        if etag:
            endpoint.requests.learn("etag", etag)
        for position in exchange.answer.all("Annal-Position"):
            for other in self.endpoints:
                other.requests.learn("position", int(position))
        for reason in endpoint.judge.faults(exchange.request, exchange.answer):
            self.report(reason, endpoint, exchange.request)

    def sweep(self):
        """What chance would come upon seldom: every integer at its extremes, every form by HEAD."""
        for endpoint in self.endpoints:
            for request in endpoint.requests.forms():
                self.hold_head_to_get(endpoint, request)
            self.send(endpoint, endpoint.requests.crowded())
            for request in endpoint.requests.extremes():
                if len(self.parked) >= PARKED_MOST:
                    self.rest()
                    self.leave()
                self.send(endpoint, request)
            self.rest()
            self.leave()

    def step(self):
        endpoint = self.random.choice(self.endpoints)
        self.send(endpoint, endpoint.requests.make())

    def send(self, endpoint, request):
        waits = request.header("Prefer") or request.header("Annal-Min-Position") or "event-stream" in (request.header("Accept") or "").lower()
        if waits and len(self.parked) >= PARKED_MOST:
            request.without("Prefer")
            request.without("Annal-Min-Position")
            request.without("Accept")
        self.sent += 1
        exchange = endpoint.send(request)
        done = exchange.poll(0.05 if waits else DEADLINE_S)
        if exchange.answer.broken:
            self.look_at_processes()
        if done:
            self.finish(endpoint, exchange)
        elif exchange.listens() and len(self.parked) >= PARKED_MOST:
            self.judge_listener(endpoint, exchange)
        elif waits or exchange.listens():
            self.parked.append((endpoint, exchange))
        else:
            self.report(f"no answer within {DEADLINE_S} s", endpoint, request)
            exchange.close()

    def finish(self, endpoint, exchange):
        self.judge(endpoint, exchange)
        connection = exchange.connection()
        if endpoint.idle and connection:
            connection.close()
        else:
            endpoint.idle = connection or endpoint.idle
        request = exchange.request
        if request.method == "GET" and self.random.random() < 0.1 and not exchange.answer.broken:
            self.hold_head_to_get(endpoint, request)

    def hold_head_to_get(self, endpoint, request):
        """Between the two the data may change: a difference counts if GET says the same before and after."""
        head = Request("HEAD", request.target, request.headers, request.body, request.chunked)
        head.operation = request.operation
        self.heads += 1
        answers = []
        for one in (request, head, request):
            exchange = Exchange(endpoint.address, one)
            exchange.poll(DEADLINE_S if one is head else 2)
            exchange.close()
            answers.append(exchange.answer)
            if one is head and not exchange.answer.complete:
                self.report(exchange.answer.broken or f"no answer within {DEADLINE_S} s", endpoint, head)
                return
        before, middle, after = answers
        if before.status and after.status and not compare_head(before, after):
            for reason in compare_head(before, middle):
                self.report(reason, endpoint, head)

    def look_at_parked(self):
        """Those that wait: some are answered, of some the client goes away, none waits for ever."""
        still = []
        for endpoint, exchange in self.parked:
            done = exchange.poll(0)
            listens = exchange.listens()
            if done:
                self.finish(endpoint, exchange)
            elif listens and self.random.random() < 0.05:
                self.judge_listener(endpoint, exchange)
            elif not listens and time.monotonic() - exchange.began > DEADLINE_S:
                self.report(f"no answer within {DEADLINE_S} s", endpoint, exchange.request)
                exchange.close()
            elif not listens and self.random.random() < 0.002:
                exchange.close()
            else:
                still.append((endpoint, exchange))
        self.parked = still

    def judge_listener(self, endpoint, exchange):
        self.judge(endpoint, exchange)
        exchange.close()

    def leave(self):
        """All that wait and listen go away."""
        for endpoint, exchange in self.parked:
            if exchange.answer.status:
                self.judge(endpoint, exchange)
            exchange.close()
        self.parked = []

    def rest(self):
        """While some wait and listen, no process works."""
        if not self.server:
            return
        self.look_at_processes()
        busy = self.server.busy()
        if busy:
            self.blame(busy)

    def look_at_processes(self):
        found = self.server.faults() if self.server else []
        for reason in found:
            self.report(reason + "; sent last:\n  " + "\n  ".join(e.curl_line(r) for e in self.endpoints for r in e.last))
        if found:
            raise ServerGone

    def blame(self, busy):
        """Ends what waits one by one: with the request that keeps a processor busy, the work ends."""
        for endpoint, exchange in list(self.parked):
            exchange.close()
            self.parked.remove((endpoint, exchange))
            now = self.server.busy(patience=1)
            if len(now) < len(busy):
                self.report(f"keeps a processor busy while it waits: {busy}", endpoint, exchange.request)
                busy = now
            if not busy:
                return
        self.report(f"does not come to rest, though nothing waits: {busy}")

    def run(self, seconds):
        end = time.monotonic() + seconds
        self.sweep()
        rest_at = time.monotonic() + REST_EVERY_S
        while time.monotonic() < end and len(self.faults) < FAULTS_SHOWN:
            self.step()
            self.look_at_parked()
            if self.sent % 100 == 0:
                self.look_at_processes()
            if time.monotonic() > rest_at:
                self.rest()
                rest_at = time.monotonic() + REST_EVERY_S
        self.rest()
        self.leave()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seed", type=int, default=int(os.environ.get("ANNAL_FUZZ_SEED") or random.randrange(1 << 32)))
    options.add_argument("--seconds", type=float, default=float(os.environ.get("ANNAL_FUZZ_SECONDS") or 60))
    options.add_argument("--annal", default="build-test/annal")
    options.add_argument("--target", action="append", help="an endpoint that runs already; may be repeated")
    given = options.parse_args()
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
    print(f"1..2\n# seed {given.seed}", flush=True)
    server = None if given.target else Server(os.path.abspath(given.annal), root)
    fuzz = Fuzz(given.target or server.urls, given.seed, server)
    try:
        fuzz.run(given.seconds)
    except (ServerGone, ConnectionRefusedError) as gone:
        fuzz.report(f"the run ends early: {type(gone).__name__}")
    finally:
        for reason in server.stop() if server else []:
            fuzz.report(reason)
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(fuzz.statuses.items(), key=str))
    print(f"# {fuzz.sent} requests, {fuzz.heads} compared with HEAD; {statuses}")
    print(f"{'not ok' if fuzz.faults else 'ok'} 1 - every_answer_is_one_that_the_openapi_document_allows")
    enough = sum(count for status, count in fuzz.statuses.items() if status and status < 300) * 10 > fuzz.sent
    print(f"{'ok' if enough else 'not ok'} 2 - enough_requests_are_right_to_reach_what_lies_behind")
    raise SystemExit(1 if fuzz.faults or not enough else 0)


if __name__ == "__main__":
    main()
