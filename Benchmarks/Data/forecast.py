#!/usr/bin/env python3
"""Trains forecast.json on weather.csv: a network with one hidden layer, and a logistic regression. `pip install numpy`. See README.md."""
import csv
import json
import os

import numpy

here = os.path.dirname(os.path.abspath(__file__))
features = ["temp", "dewp", "humid", "wind_speed", "pressure", "visib"]
with open(os.path.join(here, "weather.csv")) as file:
    rows = [row for row in csv.DictReader(file) if all(row[name] not in ("", "NA") for name in features + ["precip"])]
# One is that of a jet.
rows = [row for row in rows if float(row["wind_speed"]) <= 200]
x = numpy.array([[float(row[name]) for name in features] for row in rows])
y = numpy.array([float(row["precip"]) > 0 for row in rows], dtype=float)
# Of each month: days 1 to 15 to learn from, 16 to 20 to say when it is enough, the rest to judge by.
day = numpy.array([int(row["day"]) for row in rows])
train, choose, judge = day <= 15, (day > 15) & (day <= 20), day > 20
means, deviations = x[train].mean(axis=0), x[train].std(axis=0)
scaled = (x - means) / deviations


def sigmoid(z):
    return 1 / (1 + numpy.exp(-z))


def loss(chances, truth):
    given = numpy.clip(numpy.where(truth > 0, chances, 1 - chances), 1e-7, 1)
    return -numpy.log(given).mean()


def train_by_adam(shapes, gradients, chances, steps, seed):
    """Full batches, step size 0.02 falling to 0, weight decay 1e-4; of all steps the one is taken that is best on the days for choosing."""
    chance = numpy.random.default_rng(seed)
    values = [chance.normal(0, 0.4, shape) for shape in shapes]
    first = [numpy.zeros(shape) for shape in shapes]
    second = [numpy.zeros(shape) for shape in shapes]
    best = None
    for step in range(1, steps + 1):
        for index, gradient in enumerate(gradients(values)):
            gradient = gradient + 1e-4 * values[index]
            first[index] = 0.9 * first[index] + 0.1 * gradient
            second[index] = 0.999 * second[index] + 0.001 * gradient**2
            rate = 0.02 * (1 - step / steps) / (numpy.sqrt(second[index] / (1 - 0.999**step)) + 1e-8)
            values[index] = values[index] - rate * first[index] / (1 - 0.9**step)
        if step % 10 == 0:
            now = loss(chances(values, scaled[choose]), y[choose])
            if best is None or now < best[0]:
                best = (now, step, [value.copy() for value in values])
    print(f"best after {best[1]} of {steps} steps")
    return best[2]


a, b = scaled[train], y[train]


def logistic_chances(values, x):
    weights, offset = values
    return sigmoid(x @ weights + offset)


def network_chances(values, x):
    weights, offsets, output, offset = values
    return sigmoid(numpy.tanh(x @ weights + offsets) @ output + offset)


def logistic_gradients(values):
    error = (logistic_chances(values, a) - b) / len(b)
    return [a.T @ error, error.sum()]


def network_gradients(values):
    weights, offsets, output, offset = values
    hidden = numpy.tanh(a @ weights + offsets)
    error = (sigmoid(hidden @ output + offset) - b) / len(b)
    inner = numpy.outer(error, output) * (1 - hidden**2)
    return [a.T @ inner, inner.sum(axis=0), hidden.T @ error, error.sum()]


units = 8
logistic = train_by_adam([(len(features),), ()], logistic_gradients, logistic_chances, 2000, 1)
network = train_by_adam(
    [(len(features), units), (units,), (units,), ()], network_gradients, network_chances, 3000, 1
)
judged, truth = scaled[judge], y[judge]
base = b.mean()
for name, chances in [
    ("base rate", numpy.full(len(truth), base)),
    ("logistic", logistic_chances(logistic, judged)),
    ("network", network_chances(network, judged)),
]:
    print(f"{name:10} loss {loss(chances, truth):.4f}, right {((chances > 0.5) == (truth > 0)).mean():.4f}, of {len(truth)} hours")


def rounded(array):
    return json.loads(json.dumps(numpy.round(array, 5).tolist()))


model = {
    "features": features,
    "means": rounded(means),
    "deviations": rounded(deviations),
    "baseRate": round(float(base), 6),
    "logistic": {"weights": rounded(logistic[0]), "offset": rounded(logistic[1])},
    "network": {
        "weights": rounded(network[0].T),
        "offsets": rounded(network[1]),
        "outputWeights": rounded(network[2]),
        "outputOffset": rounded(network[3]),
    },
}
with open(os.path.join(here, "forecast.json"), "w") as file:
    json.dump(model, file, indent=1)
    file.write("\n")
