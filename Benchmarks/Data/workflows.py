#!/usr/bin/env python3
"""Writes workflows by the recipes of WfCommons: `workflows.py --tasks 1000 --seed 1 FOLDER`. Needs `pip install wfcommons==1.6`. See README.md."""
import argparse
import itertools
import json
import os
import random
import sys
from importlib.metadata import version

WFCOMMONS = "1.6"

# The recipes go through sets of texts, whose order is another one in every process unless this is set before it starts.
if os.environ.get("PYTHONHASHSEED") != "0":
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable] + sys.argv)

import numpy  # noqa: E402
from wfcommons.wfchef.recipes.epigenomics.recipe import EpigenomicsRecipe  # noqa: E402
from wfcommons.wfchef.recipes.genome.recipe import GenomeRecipe  # noqa: E402
from wfcommons.wfchef.recipes.montage.recipe import MontageRecipe  # noqa: E402
from wfcommons.wfgen import abstract_recipe  # noqa: E402
from wfcommons.wfgen.generator import WorkflowGenerator  # noqa: E402

RECIPES = {"montage": MontageRecipe, "epigenomics": EpigenomicsRecipe, "1000genome": GenomeRecipe}


def workflow(name, tasks, seed):
    """A document in WfFormat, the same one for the same arguments."""
    random.seed(seed)
    numpy.random.seed(seed)
    # Files are called by random UUIDs, which no seed reaches; and which are long.
    numbers = itertools.count(1)
    abstract_recipe.uuid.uuid4 = lambda: f"f{next(numbers)}"
    result = WorkflowGenerator(RECIPES[name].from_num_tasks(tasks)).build_workflow(name)
    result.created_at = result.executed_at = "2026-01-01T00:00:00Z"
    result.author_name = ""
    result.generate_json()
    return result.workflow_json


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--tasks", type=int, default=1000, help="at most so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=RECIPES, action="append", help="only this one; may be given several times")
    arguments = parser.parse_args()
    if version("wfcommons") != WFCOMMONS:
        sys.exit(f"wfcommons {WFCOMMONS} is expected; found {version('wfcommons')}")
    for name in arguments.only or RECIPES:
        path = os.path.join(arguments.folder, f"{name}.json")
        with open(path, "w") as file:
            json.dump(workflow(name, arguments.tasks, arguments.seed), file, separators=(",", ":"))
            file.write("\n")
        print(f"wrote {path}: {os.path.getsize(path)} bytes")


main()
