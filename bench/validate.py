"""Validations of an `order create` (the example of its schema) on one core; the baseline parses the same text with
bare jansson."""
import rig


def validations(what):
    def setup(place):
        return lambda _: {"validate": float(rig.output_of(place.program.bench("validate"), what,
                                                          str(rig.seconds(2))))}
    return setup


ROWS = [rig.Row("validate", validations("annal"), validations("bare"), [
    rig.Figure("validate", "validations of an `order create`, one core", "orders/s",
               baseline="a bare parse by jansson")], default=False)]
