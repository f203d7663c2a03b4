#!/usr/bin/env python3
"""From sending a command to seeing it in the read model, through RabbitMQ, at 1,000 commands/s."""
import json
import os

import rig

RATE = 1000
ITEMS = 1


def run_with(workplace, bus):
    data = workplace.new_directory("data")
    common = ("--data", data, "--log-level", "warning")
    _, commands = workplace.start_server("commands", rig.ANNAL, "commands", *common, "--bus", bus,
                                         "--commands-listen", "127.0.0.1:0")
    workplace.start_server("projector", rig.ANNAL, "projector", "order_summary", *common,
                           "--bus", bus)
    _, queries = workplace.start_server("queries", rig.ANNAL, "queries", *common,
                                        "--queries-listen", "127.0.0.1:0")
    seconds = max(1, round(rig.seconds(10)))
    report = json.loads(rig.output_of(os.path.join(rig.BUILD, "bench", "visible"), commands,
                                      queries, str(RATE), str(seconds), str(ITEMS)))
    if report["failed"]:
        raise rig.Failed(f"some commands or rows failed: {report}")
    ms = {name: us / 1000 for name, us in report.items()}
    print(f"  {report['seen']} commands, answered p50 {ms['command_p50_us']:.1f} ms, "
          f"p99 {ms['command_p99_us']:.1f} ms")
    print(f"| command to visible, {RATE} commands/s | p50 {ms['visible_p50_us']:.1f} ms, "
          f"p99 {ms['visible_p99_us']:.1f} ms | none | | p99 of 25 ms |")
    for process in reversed(list(workplace.processes)):
        workplace.end(process)


def run(workplace):
    with rig.Broker(workplace) as bus:
        run_with(workplace, bus)


rig.main("visible", run)
