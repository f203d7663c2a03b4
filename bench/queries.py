"""Point queries: how many a second, beside nginx serving the same bytes from files; and their latency while lists and
exports run beside them."""
import os
import socket
import subprocess
import urllib.request

import load
import rig

EVENTS = 200000
ORDERS = 1000
MODEL = "order_summary"
SLOW = 8
RATES = (2000, 5000, 10000)
CONNECTIONS = 32

NGINX = """daemon off;
{user}
worker_processes 2;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=2000 inactive=600s;
    open_file_cache_valid 600s;
    keepalive_requests 1000000000;
    types {{ }}
    default_type application/json;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{ listen 127.0.0.1:{port} reuseport; root {root}; }}
}}
"""


def read(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def path_of(order):
    return f"/read/{MODEL}/ORD-{order:08d}"


def save_answers(url, root):
    """Writes the answer for each order to a file of the same path."""
    os.makedirs(os.path.dirname(root + path_of(1)))
    for order in range(1, ORDERS + 1):
        with open(root + path_of(order), "wb") as file:
            file.write(read(url + path_of(order)))


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def start_nginx(place, root):
    port = rig.free_port()
    directory = place.new_directory("nginx")
    config = place.path("nginx", "nginx.conf")
    with open(config, "w", encoding="utf-8") as out:
        out.write(NGINX.format(user="user root;" if os.geteuid() == 0 else "", port=port, root=root,
                               directory=directory))
    process = place.start("nginx-server", "nginx", "-p", directory, "-c", config,
                          "-e", directory + "/error.log")
    rig.wait_until(lambda: accepts(port) or process.poll() is not None, "nginx accepts connections", 10)
    if process.poll() is not None:
        raise rig.Failed("nginx did not start: " + rig.tail(directory + "/error.log"))
    return process, f"http://127.0.0.1:{port}"


def check_same(ours, baseline):
    for order in range(1, ORDERS + 1, 97):
        if read(ours + path_of(order)) != read(baseline + path_of(order)):
            raise rig.Failed(f"{path_of(order)}: nginx does not serve what annal answers")


def start_queries(place):
    data = place.new_log("data", EVENTS)
    place.rebuild(data, MODEL)
    return place.start_role("queries", data)


def measure_reads(process, url):
    report = load.wrk(process, url, "point_query.lua", ORDERS, duration=rig.seconds(5))
    return {"queries": report["per_second"], "queries_p99": report["p99_us"] / 1000,
            "queries_cpu": report["cpu_us"]}


def annal(place):
    process, url = start_queries(place)
    return lambda _: measure_reads(process, url)


def nginx(place):
    """Serves annal's answers, which are fetched beforehand and compared."""
    process, url = start_queries(place)
    root = place.new_directory("files")
    save_answers(url, root)
    server, baseline = start_nginx(place, root)
    check_same(url, baseline)
    place.end(process)
    return lambda _: measure_reads(server, baseline)


# ---- beside slow reads ----

def start_slow(url, seconds):
    """Repeats lists and exports; the client has the lowest priority, so that the benchmark measures the work of
    the server for them."""
    return subprocess.Popen(["chrt", "--idle", "0", "wrk", "-t1", f"-c{SLOW}", f"-d{round(seconds)}s",
                             "--timeout", "60s", "-s", os.path.join(rig.BENCH, "slow_reads.lua"), url],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def check_slow(slow):
    said = slow.communicate()[0]
    if "requests in" not in said or "Non-2xx" in said:
        raise rig.Failed(f"the slow reads: {said}")


def measure_percentiles(place, process, url, begin_beside):
    """The p99 at each rate, and with as many queries as 64 connections can send."""
    values = {}
    for rate in (*RATES, 0):
        slow = begin_beside(url)
        if rate:
            report = load.open_loop("reads", rate, rig.seconds(3), CONNECTIONS, rate, url, ORDERS,
                              priority=("chrt", "--fifo", "1"))
        else:
            report = load.wrk(process, url, "point_query.lua", ORDERS, duration=rig.seconds(3))
        values[f"beside_{rate or 'most'}"] = report["p99_us"] / 1000
        if slow:
            check_slow(slow)
    return values


def beside(place):
    process, url = start_queries(place)
    return lambda _: measure_percentiles(place, process, url,
                                         lambda url: start_slow(url, rig.seconds(3) + 2))


def alone(place):
    process, url = start_queries(place)
    return lambda _: measure_percentiles(place, process, url, lambda _: None)


ROWS = [
    rig.Row("queries", annal, nginx, [
        rig.Figure("queries", f"point queries, {ORDERS} keys, 64 connections", "requests/s", "≥ 1.2",
                   "nginx, the same bytes"),
        rig.Figure("queries_p99", "their p99", "ms", "≤ 1.0", "nginx")], needs=("wrk", "nginx")),
    rig.Row("beside", beside, alone, [
        rig.Figure(f"beside_{rate}", f"p99 of point queries, {what}, beside {SLOW} slow reads", "ms", "≤ 1.5",
                   "alone")
        for rate, what in [*((rate, f"{rate:,}/s") for rate in RATES),
                           ("most", "64 connections without pause")]],
            needs=("wrk", "chrt"), default=False),
]
