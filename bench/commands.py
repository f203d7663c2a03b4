#!/usr/bin/env python3
"""Durable `order create` commands per second: annal commands against bench/bare_commands.c."""
import os
import sqlite3

import rig


def look_at_log(directory):
    """How many orders and events a log has, and the bytes of their texts."""
    log = sqlite3.connect(os.path.join(directory, "events.db"))
    try:
        return log.execute("""SELECT (SELECT count(*) FROM streams), count(*),
            sum(length(id) + length(data) + length(meta) + length(hash)) FROM events""").fetchone()
    finally:
        log.close()


def check_log(directory, report):
    """Checks that every answered command is stored with its items; returns the bytes per event."""
    orders, events, size = look_at_log(directory)
    stored = report["requests"]
    if not stored <= orders <= stored + rig.CONNECTIONS or not 2.4 < events / orders < 2.6:
        raise rig.Failed(f"{stored} commands were answered, but {directory} has {orders} orders "
                         f"and {events} events")
    return size / events


def run(workplace):
    rig.need("wrk")
    duration = rig.seconds(5)
    sizes, cpu_us = {}, {}

    def measure(name, pair, *command):
        data = workplace.new_directory(f"{name}-{pair}")
        process, url = workplace.start_server(name, *[part.format(data=data) for part in command])
        report = rig.wrk(process, url, "order_create.lua", f"ORD-{pair}", duration=duration)
        workplace.end(process)
        cpu_us.setdefault(name, []).append(report["cpu_us"])
        sizes[name] = check_log(data, report)
        return report["per_second"]

    def measure_annal(pair):
        return measure("annal", pair, rig.ANNAL, "commands", "--data", "{data}", "--bus", "log:",
                       "--commands-listen", "127.0.0.1:0")

    def measure_bare(pair):
        return measure("bare", pair, os.path.join(rig.BUILD, "bench", "bare_commands"), "{data}",
                       os.path.join(rig.SOURCE, "event_store", "sqlite", "events.sql"))

    figures = rig.in_turn(measure_annal, measure_bare)
    if abs(sizes["annal"] / sizes["bare"] - 1) > 0.01:
        raise rig.Failed(f"the baseline does not write the same: bytes per event {sizes}")
    rig.print_cpu("command", cpu_us)
    rig.print_row("durable `order create`, 64 connections", figures, 0.7, "commands/s")


rig.main("commands", run)
