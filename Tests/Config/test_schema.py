"""The committed JSON Schema against every document of cases/: what an editor says of a file.

The loader's own verdict on the same documents is asserted by Tests/MystelConfigTests. The first
line of a broken document's `.expect` file is the schema's verdict: `refuses`, `accepts` (the fault
is one that no schema can express) or `unreadable` (PyYAML refuses the text itself).
"""

import json
import pathlib

import jsonschema
import pytest
import yaml

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = json.loads((HERE.parent.parent / "packaging" / "mystel.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def documents(kind):
    return sorted((HERE / "cases" / kind).glob("*.yaml"))


def verdict(path):
    data = path.read_bytes()
    try:
        # JSON that PyYAML cannot read (tabs) is still JSON.
        if data[:1] == b"{":
            return "accepts" if VALIDATOR.is_valid(json.loads(data)) else "refuses"
    except ValueError:
        pass
    try:
        document = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError):
        return "unreadable"
    return "accepts" if VALIDATOR.is_valid(document) else "refuses"


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_there_are_enough_documents():
    assert len(documents("valid")) >= 20
    assert len(documents("broken")) >= 150
    refused = [path for path in documents("broken") if verdict(path) == "refuses"]
    assert len(refused) >= 150


@pytest.mark.parametrize("path", documents("valid"), ids=lambda path: path.stem)
def test_what_the_loader_takes_the_schema_takes(path):
    assert verdict(path) == "accepts"


@pytest.mark.parametrize("path", documents("broken"), ids=lambda path: path.stem)
def test_the_schema_refuses_what_it_can_express(path):
    expected = path.with_suffix(".expect").read_text("utf-8").splitlines()[0]
    assert f"schema: {verdict(path)}" == expected


def test_the_commented_example_passes():
    text = (HERE.parent.parent / "packaging" / "mystel.yaml").read_text("utf-8")
    assert VALIDATOR.is_valid(yaml.safe_load(text))
