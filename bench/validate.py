#!/usr/bin/env python3
"""Validations of an `order create` per second of one core, against a bare jansson parse of it."""
import os

import rig


def run(_):
    duration = rig.seconds(2)

    def measure(what):
        return float(rig.output_of(os.path.join(rig.BUILD, "bench", "validate"), what,
                                   str(duration)))

    figures = rig.in_turn(lambda _: measure("annal"), lambda _: measure("bare"))
    rig.print_row("validating an order, one core", figures, "300,000/s", "orders/s")


rig.main("validate", run)
