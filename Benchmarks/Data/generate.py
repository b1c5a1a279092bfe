#!/usr/bin/env python3
"""Writes a CSV file of about a given size: `generate.py --size 1GB --seed 1 FILE`; `--kind` says of what."""
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


def encoded(records):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(records)
    return text.getvalue().encode()


def mixed(random, first, rows):
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
    return encoded(zip(*columns))


def numbers(random, first, rows):
    """8 columns of numbers as they are written in practice: whole, with few decimals, with exponents, with all digits, and some missing."""
    return encoded(zip(
        [str(first + row) for row in range(rows)],
        [f"{value:.2f}" for value in random.normal(55, 20, rows)],
        [f"{value:.6f}" for value in random.normal(1e6, 1, rows)],
        ["NA" if value < 0.05 else "" if value < 0.1 else f"{value:.4f}" for value in random.random(rows)],
        [str(value) for value in random.integers(-50, 50, rows)],
        [f"{value:.3e}" for value in random.lognormal(0, 3, rows)],
        [f"{value:.6f}" for value in random.uniform(-180, 180, rows)],
        [repr(float(value)) for value in random.standard_cauchy(rows)],
    ))


def wide(random, first, rows):
    """1,500 columns of numbers, each of its own size."""
    sizes = 10.0 ** (numpy.arange(1500) % 12 - 4)
    return encoded([[f"{value:.7g}" for value in row] for row in random.normal(3, 1, (rows, 1500)) * sizes])


def texts(random, first, rows):
    """12 columns of texts, nearly all different; the x keeps them from being numbers by chance."""
    return encoded([[f"x{value:x}" for value in row] for row in random.integers(0, 1 << 48, (rows, 12))])


# Of each kind: what makes its records, how many at a time, and its header.
KINDS = {
    "mixed": (mixed, 20_000, "row,offset,magnitude,share,small,wild,colour,user"),
    "numbers": (numbers, 20_000, "row,temperature,offset,share,small,magnitude,longitude,wild"),
    "wide": (wide, 200, ",".join(f"c{column}" for column in range(1500))),
    "texts": (texts, 20_000, ",".join(f"t{column}" for column in range(12))),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=size, default="1GB")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS, default="mixed")
    parser.add_argument("file")
    options = parser.parse_args()
    random = numpy.random.default_rng(options.seed)
    written = rows = 0
    with open(options.file, "wb") as file:
        records, number, header = KINDS[options.kind]
        written += file.write(header.encode() + b"\n")
        while written < options.size:
            written += file.write(records(random, rows, number))
            rows += number
    print(f"{options.file}: {rows} rows, {written} bytes")


if __name__ == "__main__":
    main()
