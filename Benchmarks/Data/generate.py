#!/usr/bin/env python3
"""Writes a CSV file of about a given size: `generate.py --size 1GB --seed 1 FILE`."""
import argparse
import io
import csv

import numpy

UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9}


def size(text):
    for unit, factor in UNITS.items():
        if text.upper().endswith(unit):
            return int(float(text[: -len(unit)]) * factor)
    return int(text)


def chunk(random, first, rows):
    """`rows` records as bytes, different for every chunk."""
    columns = [
        [str(first + row) for row in range(rows)],
        [f"{value:.6f}" for value in random.normal(1e6, 1, rows)],
        [f"{value:.3e}" for value in random.lognormal(0, 3, rows)],
        ["NA" if value < 0.05 else "" if value < 0.1 else f"{value:.4f}" for value in random.random(rows)],
        [str(value) for value in random.integers(-50, 50, rows)],
        [repr(float(value)) for value in random.standard_cauchy(rows)],
        [("red", "green", 'dark "blue"', "black, or white", "two\nlines")[value] for value in random.integers(0, 5, rows)],
        [f"user-{value}" for value in random.zipf(1.3, rows) % 200_000],
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(zip(*columns))
    return text.getvalue().encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=size, default="1GB")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("file")
    options = parser.parse_args()
    random = numpy.random.default_rng(options.seed)
    written = rows = 0
    with open(options.file, "wb") as file:
        written += file.write(b"row,offset,magnitude,share,small,wild,colour,user\n")
        while written < options.size:
            written += file.write(chunk(random, rows, 20_000))
            rows += 20_000
    print(f"{options.file}: {rows} rows, {written} bytes")


if __name__ == "__main__":
    main()
