"""Read a table of predictions as a user would."""

import csv
import json

import pyarrow.parquet


def read(path):
    if path.suffix == '.parquet':
        return pyarrow.parquet.read_table(path).to_pylist()
    if path.suffix == '.jsonl':
        return [json.loads(line) for line in path.read_text('utf-8').splitlines()]
    with path.open(encoding='utf-8', newline='') as file:
        rows = [{k: v or None for k, v in row.items()} for row in csv.DictReader(file)]
    return [
        {k: float(v) if v and k.startswith('score') else v for k, v in row.items()}
        for row in rows
    ]
