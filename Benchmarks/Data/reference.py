#!/usr/bin/env python3
"""Describes the columns of a CSV file, as `millrace analyze --json` does, by numpy and the csv module."""
import csv
import json
import re
import sys
from array import array
from collections import Counter

import numpy

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")


def number(text):
    if not NUMBER.match(text):
        return None
    value = float(text)
    return value if numpy.isfinite(value) else None


def describe(path):
    csv.field_size_limit(1 << 30)
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        names = next(rows)
        width = len(names)
        count = 0
        missing = [0] * width
        values = [array("d") for _ in names]
        is_text = [False] * width
        texts = [Counter() for _ in names]
        for row in rows:
            if not row and width > 1:
                continue
            row = row or [""]
            assert len(row) == width, (path, rows.line_num)
            count += 1
            for place, cell in enumerate(row):
                if cell in ("", "NA"):
                    missing[place] += 1
                    continue
                if not is_text[place]:
                    value = number(cell)
                    if value is None:
                        is_text[place] = True
                    else:
                        values[place].append(value)
        late = [place for place in range(width) if is_text[place]]
    if late:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            next(rows)
            for row in rows:
                for place in late:
                    if row and row[place] not in ("", "NA"):
                        texts[place][row[place]] += 1
    columns = []
    for place, name in enumerate(names):
        column = {"name": name, "count": count - missing[place], "missing": missing[place]}
        if is_text[place]:
            order = sorted(texts[place].items(), key=lambda item: (-item[1], item[0].encode()))
            column |= {"type": "text", "distinct": len(order), "distinct_estimated": False,
                       "top": [{"value": value, "count": times} for value, times in order[:5]]}
        else:
            data = numpy.frombuffer(values[place], dtype=float) if values[place] else numpy.array([])
            column["type"] = "number"
            if len(data):
                column |= {"mean": data.mean(), "min": data.min(), "max": data.max()}
                column |= dict(zip(("p50", "p95", "p99"), numpy.percentile(data, [50, 95, 99])))
            if len(data) > 1:
                column["stddev"] = data.std(ddof=1)
        columns.append(column)
    return {"rows": count, "columns": columns}


if __name__ == "__main__":
    json.dump(describe(sys.argv[1]), sys.stdout, default=float, indent=2)
