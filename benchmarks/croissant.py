"""Is a dataset's Croissant description, as the Hub makes one of its configs, valid?

    pip install mlcroissant pyarrow     # in an environment of its own
    python -m benchmarks.croissant [FOLDER]

The Hub writes a dataset's Croissant (JSON-LD) from its parquet files: a set of files and a record
set for each config, a field for each column, sub-fields for structs and for lists of structs. The
same is made here of a local folder, and read by mlcroissant, MLCommons' own validator, which
refuses names, types and references that do not fit together.
"""

import argparse
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlcroissant
import pyarrow as pa
import pyarrow.parquet as pq

_TYPES = {"string": "sc:Text", "int64": "cr:Int64", "double": "cr:Float64", "bool": "sc:Boolean"}
_CROISSANT, _SCHEMA = "http://mlcommons.org/croissant/", "https://schema.org/"
_TERMS = """arrayShape citeAs column equivalentProperty extract field fileProperty fileObject
fileSet format includes isArray isLiveDataset jsonPath key md5 parentField path recordSet references
regex repeated replace samplingRate separator source subField transform"""
# The prefixes and terms that the format prescribes.
_CONTEXT = {
    "@language": "en",
    "@vocab": _SCHEMA,
    "cr": _CROISSANT,
    "dct": "http://purl.org/dc/terms/",
    "rai": f"{_CROISSANT}RAI/",
    "sc": _SCHEMA,
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS.split()},
}


def field(name: str, kind: pa.DataType, source: dict[str, Any], path: str = "") -> dict[str, Any]:
    """A column, or a part of one at a JSON path, as a Croissant field."""
    found: dict[str, Any] = {"@type": "cr:Field", "@id": name, "name": name}
    if pa.types.is_list(kind):
        found |= {"isArray": True, "arrayShape": "-1"}
        kind, path = kind.value_type, f"{path or '$'}[*]"
    if pa.types.is_struct(kind):
        parts = [field(f"{name}/{p.name}", p.type, source, f"{path or '$'}.{p.name}") for p in kind]
        return found | {"subField": parts}
    transform = {"transform": {"jsonPath": path}} if path else {}
    return found | {"dataType": _TYPES[str(kind)], "source": source | transform}


def describe(folder: Path) -> dict[str, Any]:
    """The Croissant description of a dataset folder."""
    distribution: list[dict[str, Any]] = [
        {
            "@type": "cr:FileObject",
            "@id": "repo",
            "name": "repo",
            "contentUrl": f"https://huggingface.co/datasets/org/{folder.name}",
            "encodingFormat": "git+https",
            "sha256": "the repository has none",
        }
    ]
    records = []
    for config in sorted({path.parent.name for path in folder.glob("*/*.parquet")}):
        files = f"parquet-files-for-config-{config}"
        distribution.append(
            {
                "@type": "cr:FileSet",
                "@id": files,
                "containedIn": {"@id": "repo"},
                "encodingFormat": "application/x-parquet",
                "includes": f"{config}/*.parquet",
            }
        )
        schema = pq.read_schema(next(folder.glob(f"{config}/*.parquet")))
        columns = [
            field(
                f"{config}/{column.name}",
                column.type,
                {"fileSet": {"@id": files}, "extract": {"column": column.name}},
            )
            for column in schema
        ]
        records.append({"@type": "cr:RecordSet", "@id": config, "name": config, "field": columns})
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": folder.name,
        "description": folder.name,
        "conformsTo": f"{_CROISSANT}1.1",
        "license": "https://choosealicense.com/licenses/apache-2.0/",
        "url": f"https://huggingface.co/datasets/org/{folder.name}",
        "version": "1.0.0",
        "datePublished": "2026-01-01",
        "citeAs": "see the card",
        "creator": {"@type": "Organization", "name": "org"},
        "distribution": distribution,
        "recordSet": records,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("datasets/r1k"))
    folder = parser.parse_args().folder
    # Raises ValidationError, with all that is wrong.
    metadata = mlcroissant.Dataset(jsonld=describe(folder)).metadata
    fields = sum(len(record.fields) for record in metadata.record_sets)
    print(f"mlcroissant {version('mlcroissant')}: {folder} is valid")
    print(f"  {len(metadata.record_sets)} record sets, {fields} fields")
    print(f"  {metadata.ctx.issues.report() or 'no errors, no warnings'}")


if __name__ == "__main__":
    main()
