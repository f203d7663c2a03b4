#!/usr/bin/env python3
"""Point queries per second: annal queries against nginx serving the same bytes from files."""
import os
import socket
import time
import urllib.request

import rig

EVENTS = 200000
ORDERS = 1000

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
    return f"/read/order_summary/ORD-{order:08d}"


def save_answers(url, root):
    """Writes the answer for each order to a file of the same path."""
    os.makedirs(root + "/read/order_summary")
    for order in range(1, ORDERS + 1):
        with open(root + path_of(order), "wb") as file:
            file.write(read(url + path_of(order)))


def start_nginx(workplace, root):
    port = rig.free_port()
    directory = workplace.new_directory("nginx")
    config = workplace.path("nginx", "nginx.conf")
    with open(config, "w", encoding="utf-8") as out:
        out.write(NGINX.format(user="user root;" if os.geteuid() == 0 else "", port=port, root=root,
                               directory=directory))
    process = workplace.start("nginx-server", "nginx", "-p", directory, "-c", config,
                              "-e", directory + "/error.log")
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, f"http://127.0.0.1:{port}"
        except OSError as refused:
            if process.poll() is not None or time.monotonic() > deadline:
                raise rig.Failed("nginx did not start: "
                                 + rig.tail(directory + "/error.log")) from refused
            time.sleep(0.05)


def check_same(ours, baseline):
    for order in range(1, ORDERS + 1, 97):
        if read(ours + path_of(order)) != read(baseline + path_of(order)):
            raise rig.Failed(f"{path_of(order)}: nginx does not serve what annal answers")


def run(workplace):
    rig.need("wrk", "nginx")
    duration = rig.seconds(5)
    data = workplace.new_directory("data")
    root = workplace.new_directory("files")
    rig.output_of(os.path.join(rig.BUILD, "bench", "make_log"), data, str(EVENTS))
    rig.output_of(rig.ANNAL, "rebuild", "order_summary", "--data", data)
    annal, ours = workplace.start_server("queries", rig.ANNAL, "queries", "--data", data,
                                         "--queries-listen", "127.0.0.1:0")
    save_answers(ours, root)
    nginx, baseline = start_nginx(workplace, root)
    check_same(ours, baseline)

    cpu_us = {"annal": [], "nginx": []}

    def measure(name, process, url):
        report = rig.wrk(process, url, "point_query.lua", ORDERS, duration=duration)
        cpu_us[name].append(report["cpu_us"])
        return report["per_second"]

    figures = rig.in_turn(lambda _: measure("annal", annal, ours),
                          lambda _: measure("nginx", nginx, baseline))
    rig.print_cpu("request", cpu_us)
    rig.print_row(f"point queries, {ORDERS} keys, 64 connections", figures, 0.75, "requests/s")
    workplace.end(nginx)
    workplace.end(annal)


rig.main("queries", run)
