"""Values that fit a JSON Schema, at its boundaries with preference, and values that do not.

`Maker.value()` makes one that fits; `mutate()` spoils one somewhere inside; `dump()` writes JSON, in which a
Raw stands for text that Python would not write, such as 1e400.
"""
import json
import re


class Raw(str):
    """JSON text as it is."""


INTEGERS = ["0", "1", "-1", "-0", "2147483647", "2147483648", "4294967296", "9007199254740991", "9007199254740993",
            "9223372036854775806", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
            "-9223372036854775809", "18446744073709551615", "18446744073709551616", "1e400", "-1e400", "1e-400", "1e3",
            "1.0", "0.5", "00", "01", "+1", " 1", "1 ", "0x10", "1_000", "NaN", "Infinity", "-", "", "٣", "1" * 400]
EXTREMES = ["0", "-1", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "1e400", ""]
TEXTS = ["", " ", "\u0000", "a\u0000b", "\t\r\n", "æøå", "漢字", "👩‍👩‍👧", "e\u0301", "\u202e", "\ufeff", "\uffff", "\ud83d\ude00",
         "'", '"', "\\", "' OR 1=1 --", "<script>", "%00", "%s%n", "../..", "null", "true", "0", "=1+1", "a,b", "*", "[eq]", "A" * 128,
         "A" * 129, "A" * 500, "A" * 501, "x" * 5000, "é" * 500]
TIMES = ["2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000000Z", "2026-11-23T10:00:00.123456789+02:00", "1970-01-01T00:00:00Z",
         "9999-12-31T23:59:59.999999Z", "2024-02-29T00:00:00-11:30"]
NOT_TIMES = ["", "2026-11-23", "2026-02-30T10:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23 10:00:00", "10000-01-01T00:00:00Z",
             "0000-01-01T00:00:00Z", "-001-01-01T00:00:00Z", "2026-11-23T10:00:00", "now"]
NUMBERS = [Raw(text) for text in ("1e400", "-1e400", "1e-400", "9223372036854775807", "9223372036854775808",
                                  "-9223372036854775809", "18446744073709551616", "1.0", "0.1", "-0", "1E2", "1" * 400)]
JUNK = [None, True, False, 0, -1, "", [], {}, [None], {"": None}, Raw('"\\ud800"'), Raw('"\\u0000"')]


def dump(value):
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{dump(k)}: {dump(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(dump(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


class Maker:
    """Makes values of the schemas in one document."""

    def __init__(self, random, document):
        self.random, self.document = random, document

    def resolve(self, schema):
        while isinstance(schema, dict) and "$ref" in schema:
            node = self.document
            for part in schema["$ref"][2:].split("/"):
                node = node[part.replace("~1", "/").replace("~0", "~")]
            schema = node
        return schema

    def value(self, schema, depth=0):
        r, schema = self.random, self.resolve(schema)
        if schema is True or not schema:
            return self.anything(depth)
        if schema.get("examples") and r.random() < 0.3:
            return json.loads(json.dumps(r.choice(schema["examples"])))
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return r.choice(schema["enum"])
        for combined in ("oneOf", "anyOf"):
            if combined in schema:
                return self.value(r.choice(schema[combined]), depth)
        kinds = schema.get("type", "object" if "properties" in schema else None)
        kind = r.choice(kinds) if isinstance(kinds, list) else kinds
        return getattr(self, f"a_{kind}", lambda s, d: self.anything(d))(schema, depth)

    def anything(self, depth):
        r = self.random
        if depth > 3 or r.random() < 0.7:
            return r.choice([None, True, 0, -1, 1.5, "", "text", "æ 漢", 9007199254740991])
        if r.random() < 0.5:
            return [self.anything(depth + 1) for _ in range(r.randrange(4))]
        return {f"k{i}": self.anything(depth + 1) for i in range(r.randrange(4))}

    def a_null(self, _schema, _depth):
        return None

    def a_boolean(self, _schema, _depth):
        return self.random.random() < 0.5

    def a_integer(self, schema, _depth):
        low = schema.get("minimum", -9007199254740991)
        high = schema.get("maximum", 9007199254740991)
        return self.random.choice([low, high, min(low + 1, high), self.random.randint(low, high),
                                   max(low, min(high, self.random.randrange(1, 10)))])

    a_number = a_integer

    def a_string(self, schema, _depth):
        r = self.random
        if "pattern" in schema:
            return self.of_pattern(schema["pattern"])
        if schema.get("format") == "date-time":
            return r.choice(TIMES)
        low, high = schema.get("minLength", 0), schema.get("maxLength", 40)
        length = r.choice([low, high, min(high, low + 1), r.randint(low, min(high, 60))])
        letters = r.choice(["abc XYZ", "0123456789", "æøåß漢字👍", "a'\"\\<>&%=/;", "\t\n\x7f", "=+-@,"])
        return "".join(r.choice(letters) for _ in range(length))

    def of_pattern(self, pattern):
        """Of the patterns that the documents use: classes with a count, one after the other."""
        r, text = self.random, ""
        for letters, count in re.findall(r"(\[(?:\\.|[^\]])*\]|[^\^$\\\[\]{}()])(\{\d+(?:,\d+)?\}|)", pattern):
            low, _, high = count.strip("{}").partition(",") if count else ("1", "", "")
            fits = [c for c in map(chr, range(33, 127)) if re.fullmatch(letters, c)] or [letters]
            length = r.choice([int(low), int(high or low), r.randint(int(low), int(high or low))])
            text += "".join(r.choice(fits) for _ in range(length))
        return text

    def a_array(self, schema, depth):
        low, high = schema.get("minItems", 0), min(schema.get("maxItems", 5), 8)
        count = self.random.randint(low, max(low, high)) if depth < 4 else low
        return [self.value(schema.get("items", True), depth + 1) for _ in range(count)]

    def a_object(self, schema, depth):
        required, made = schema.get("required", []), {}
        for name, inner in schema.get("properties", {}).items():
            if name in required or (depth < 5 and self.random.random() < 0.5):
                made[name] = self.value(inner, depth + 1)
        return made


def mutate(random, value):
    """The value with one thing in it spoiled."""
    holder = [json.loads(json.dumps(value))]
    places = []

    def visit(node):
        for key in range(len(node)) if isinstance(node, list) else list(node):
            places.append((node, key))
            if isinstance(node[key], (dict, list)):
                visit(node[key])

    visit(holder)
    node, key = random.choice(places)
    how = random.randrange(6)
    if how == 0 and node is not holder:
        del node[key]
    elif how == 1 and isinstance(node[key], dict):
        node[key][random.choice(["unknown", "", "\u0000", "id", "__proto__", "$ref", "é" * 200])] = random.choice(JUNK)
    elif how == 2:
        node[key] = random.choice(NUMBERS)
    elif how == 3:
        node[key] = random.choice(TEXTS)
    elif how == 4:
        depth = random.choice([3, 30, 60, 100, 1000, 3000])
        node[key] = Raw(random.choice([("[", "]"), ('{"a":', "}")])[0] * depth)
        node[key] = Raw(node[key] + "1" + ("]" if node[key][0] == "[" else "}") * depth)
    else:
        node[key] = random.choice(JUNK)
    return holder[0]


def spoil_text(random, text):
    """JSON text, as bytes that are not quite it."""
    raw = text.encode("utf-8", "surrogatepass")
    at = random.randrange(len(raw) + 1)
    return random.choice([
        raw[:at], raw + b",", raw + b"{}", b"\xef\xbb\xbf" + raw, raw[:at] + b"\xff" + raw[at:], raw[:at] + b"\0" + raw[at:],
        raw.replace(b":", b"=", 1), raw.replace(b'"', b"'"), b" " * 70000 + raw, b"", b"[]", b"null", b"0", b'"x"', b"{",
        b"[" * 100000, b"\xed\xa0\x80", raw.replace(b"{", b'{"a":1,"a":2,', 1), raw.replace(b"{", b"{}", 1), b"{" + raw + b"}",
        raw.decode("utf-8", "replace").encode("utf-16"), b"x" * 1048577,
    ])
