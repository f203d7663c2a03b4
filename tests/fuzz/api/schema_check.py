"""JSON Schema, draft 2020-12, as far as annal's OpenAPI documents use it. A keyword that is unknown here is a
fault of this file, and reported, so that nothing goes unchecked.
"""
import datetime
import re

ANNOTATIONS = {"$schema", "$comment", "title", "description", "example", "examples", "default", "deprecated", "readOnly", "writeOnly"}
TYPES = {"null": lambda v: v is None, "boolean": lambda v: isinstance(v, bool), "string": lambda v: isinstance(v, str),
         "integer": lambda v: isinstance(v, int) and not isinstance(v, bool) or isinstance(v, float) and v.is_integer(),
         "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
         "array": lambda v: isinstance(v, list), "object": lambda v: isinstance(v, dict)}
TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
PATTERNS = {}


def is_time(text):
    if not TIME.fullmatch(text):
        return False
    try:
        datetime.datetime.strptime(text[:10], "%Y-%m-%d")
    except ValueError:
        return False
    return True


def matches(pattern, text):
    if pattern not in PATTERNS:
        PATTERNS[pattern] = re.compile(re.sub(r"\$$", r"\\Z", pattern), re.A)
    return PATTERNS[pattern].search(text)


class SchemaCheck:
    def __init__(self, document):
        self.document = document

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node and len(node) == 1:
            found = self.document
            for part in node["$ref"][2:].split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def faults(self, value, schema, at=""):
        """Where the value does not fit, and why; the first few."""
        schema = self.resolve(schema)
        if schema is True:
            return []
        if schema is False:
            return [f"{at or 'the value'}: nothing fits"]
        found = []
        for keyword, wanted in schema.items():
            if keyword in ANNOTATIONS:
                continue
            check = getattr(self, "check_" + keyword.strip("$"), None)
            if not check:
                found.append(f"{at}: the keyword {keyword} is unknown to schema_check.py")
                continue
            found += check(value, wanted, at, schema)
            if len(found) > 5:
                break
        return found

    def check_ref(self, value, wanted, at, _schema):
        return self.faults(value, {"$ref": wanted}, at)

    def check_type(self, value, wanted, at, _schema):
        kinds = wanted if isinstance(wanted, list) else [wanted]
        return [] if any(TYPES[kind](value) for kind in kinds) else [f"{at}: {brief(value)} is not of type {wanted}"]

    def check_const(self, value, wanted, at, _schema):
        return [] if same(value, wanted) else [f"{at}: {brief(value)} is not {brief(wanted)}"]

    def check_enum(self, value, wanted, at, _schema):
        return [] if any(same(value, one) for one in wanted) else [f"{at}: {brief(value)} is none of {brief(wanted)}"]

    def check_required(self, value, wanted, at, _schema):
        return [f"{at}: {name} is missing" for name in wanted if isinstance(value, dict) and name not in value]

    def check_properties(self, value, wanted, at, _schema):
        if not isinstance(value, dict):
            return []
        return [f for name, inner in wanted.items() if name in value for f in self.faults(value[name], inner, f"{at}/{name}")]

    def check_additionalProperties(self, value, wanted, at, schema):
        if not isinstance(value, dict):
            return []
        more = [name for name in value if name not in schema.get("properties", {})]
        return [f for name in more for f in self.faults(value[name], wanted, f"{at}/{name}")]

    def check_propertyNames(self, value, wanted, at, _schema):
        return [f for name in (value if isinstance(value, dict) else []) for f in self.faults(name, wanted, f"{at}/{name}")]

    def check_items(self, value, wanted, at, _schema):
        return [f for i, one in enumerate(value if isinstance(value, list) else []) for f in self.faults(one, wanted, f"{at}/{i}")]

    def check_allOf(self, value, wanted, at, _schema):
        return [f for inner in wanted for f in self.faults(value, inner, at)]

    def check_anyOf(self, value, wanted, at, _schema):
        return [] if any(not self.faults(value, inner, at) for inner in wanted) else [f"{at}: {brief(value)} fits no schema of anyOf"]

    def check_oneOf(self, value, wanted, at, _schema):
        fits = sum(not self.faults(value, inner, at) for inner in wanted)
        return [] if fits == 1 else [f"{at}: {brief(value)} fits {fits} schemas of oneOf"]

    def check_minLength(self, value, wanted, at, _schema):
        return [f"{at}: too short"] if isinstance(value, str) and len(value) < wanted else []

    def check_maxLength(self, value, wanted, at, _schema):
        return [f"{at}: too long"] if isinstance(value, str) and len(value) > wanted else []

    def check_minItems(self, value, wanted, at, _schema):
        return [f"{at}: too few"] if isinstance(value, list) and len(value) < wanted else []

    def check_maxItems(self, value, wanted, at, _schema):
        return [f"{at}: too many"] if isinstance(value, list) and len(value) > wanted else []

    def check_minimum(self, value, wanted, at, _schema):
        return [f"{at}: {value} is less than {wanted}"] if TYPES["number"](value) and value < wanted else []

    def check_maximum(self, value, wanted, at, _schema):
        return [f"{at}: {value} is more than {wanted}"] if TYPES["number"](value) and value > wanted else []

    def check_pattern(self, value, wanted, at, _schema):
        return [f"{at}: {brief(value)} does not match {wanted}"] if isinstance(value, str) and not matches(wanted, value) else []

    def check_format(self, value, wanted, at, _schema):
        wrong = wanted == "date-time" and isinstance(value, str) and not is_time(value)
        return [f"{at}: {brief(value)} is not a {wanted}"] if wrong else []


def same(a, b):
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def brief(value):
    text = repr(value)
    return text if len(text) < 200 else text[:200] + "…"
