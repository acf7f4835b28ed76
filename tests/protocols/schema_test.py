#!/usr/bin/env python3
"""The files of protocols/ against protocols/schema, by the keywords of JSON Schema that these schemas use."""

import json
import pathlib
import re
import unittest

PROTOCOLS = pathlib.Path(__file__).resolve().parents[2] / "protocols"
SCHEMAS = {path.name: json.loads(path.read_text()) for path in (PROTOCOLS / "schema").glob("*.json")}
TYPES = {"object": dict, "array": list, "string": str, "null": type(None), "boolean": bool}
ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description"}


def is_type(value, name):
    if name in ("number", "integer"):
        return isinstance(value, (int, float)) and not isinstance(value, bool) and (name == "number" or value == int(value))
    return isinstance(value, TYPES[name])


def referred(file, reference):
    name, _, pointer = reference.partition("#")
    node = SCHEMAS[name or file]
    for key in pointer.strip("/").split("/"):
        node = node[key]
    return name or file, node


def problems(value, schema, file, place=""):
    """Texts `place: what is wrong`. An unknown keyword of a schema is an error of the schema."""
    found = []
    for keyword, said in schema.items():
        if keyword in ANNOTATIONS or keyword in ("then", "additionalProperties"):
            continue
        if keyword == "$ref":
            there, node = referred(file, said)
            found += problems(value, node, there, place)
        elif keyword == "type":
            found += [] if any(is_type(value, one) for one in (said if isinstance(said, list) else [said])) else [f"{place}: is not {said}"]
        elif keyword == "const":
            found += [] if value == said else [f"{place}: is not {said}"]
        elif keyword == "enum":
            found += [] if value in said else [f"{place}: is none of {said}"]
        elif keyword in ("oneOf", "anyOf"):
            fits = sum(not problems(value, one, file, place) for one in said)
            found += [] if fits == 1 or (fits and keyword == "anyOf") else [f"{place}: fits {fits} of {len(said)} forms"]
        elif keyword == "not":
            found += [] if problems(value, said, file, place) else [f"{place}: must not be so"]
        elif keyword == "if":
            found += [] if problems(value, said, file, place) else problems(value, schema["then"], file, place)
        elif keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
            if is_type(value, "number"):
                wrong = {"minimum": value < said, "maximum": value > said, "exclusiveMinimum": value <= said, "exclusiveMaximum": value >= said}
                found += [f"{place}: {value} is beyond the {keyword} {said}"] if wrong[keyword] else []
        elif keyword == "pattern":
            found += [f"{place}: does not match {said}"] if isinstance(value, str) and not re.search(said, value) else []
        elif keyword in ("minItems", "maxItems"):
            if isinstance(value, list):
                found += [f"{place}: has {len(value)} items"] if (len(value) < said if keyword == "minItems" else len(value) > said) else []
        elif keyword == "items":
            for number, item in enumerate(value if isinstance(value, list) else []):
                found += problems(item, said, file, f"{place}/{number}")
        elif keyword == "required":
            found += [f"{place}: has no {key}" for key in said if isinstance(value, dict) and key not in value]
        elif keyword == "properties":
            for key in said:
                if isinstance(value, dict) and key in value:
                    found += problems(value[key], said[key], file, f"{place}/{key}")
        else:
            raise ValueError(f"{file}: keyword {keyword} is not read here")
    others = schema.get("additionalProperties")
    if others is not None and isinstance(value, dict):
        for key in sorted(set(value) - set(schema.get("properties", {}))):
            found += [f"{place}/{key}: unknown key"] if others is False else problems(value[key], others, file, f"{place}/{key}")
    return found


class Schema(unittest.TestCase):
    def check(self, folder, schema):
        files = sorted(folder.glob("*.json"))
        self.assertTrue(files)
        for path in files:
            with self.subTest(path.name):
                value = json.loads(path.read_text())
                self.assertEqual(problems(value, SCHEMAS[schema], schema), [])
                self.assertEqual((path.parent / value.get("$schema", f"{'' if folder == PROTOCOLS else '../'}schema/{schema}")).resolve(),
                                 (PROTOCOLS / "schema" / schema).resolve())

    def test_protocols(self):
        self.check(PROTOCOLS, "protocol-1.json")

    def test_published(self):
        self.check(PROTOCOLS / "published", "published-1.json")

    def test_recipes(self):
        self.check(PROTOCOLS / "recipes", "recipes-1.json")

    def test_what_does_not_fit_is_found(self):
        published = {"schema": 1, "id": "a", "source": "paper, table 1", "kind": "repo",
                     "tables": {"t": {"levels": ["0.2"], "rows": {"ce": {"last": ["80.1"]}}}}}
        self.assertEqual(problems(published, SCHEMAS["published-1.json"], "published-1.json"), [])
        for change, expected in (({"kind": "book"}, "/kind: is none of"), ({"tabels": {}}, "/tabels: unknown key"),
                                 ({"tables": {"t": {"levels": ["0.2"], "rows": {"ce": {"last": [80.1]}}}}}, "/tables/t/rows/ce/last: fits 0 of 2"),
                                 ({"tables": {"t": {"rows": {}}}}, "/tables/t: has no levels")):
            found = problems({**published, **change}, SCHEMAS["published-1.json"], "published-1.json")
            self.assertTrue(any(expected in one for one in found), found)


if __name__ == "__main__":
    unittest.main()
