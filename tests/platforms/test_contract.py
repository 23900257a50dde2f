"""Every adapter of this program keeps the contract that adapters of others are held to."""

import hashlib
import json
import os
import subprocess
import sys

import pytest
from trials import EXAMPLES

from archiver.platforms.registry import BUILT_IN, built_in
from archiver.platforms.trial import breaches, play


def test_every_adapter_of_this_program_is_tried() -> None:
    assert set(EXAMPLES) == {entry.name for entry in BUILT_IN}


@pytest.mark.parametrize("name", EXAMPLES)
def test_contract(name: str) -> None:
    assert [str(each) for each in breaches(built_in(name), EXAMPLES[name])] == []


def documents(*, backwards: bool = False) -> str:
    """The hash of what every adapter makes of every example, tried in this order or the other one."""
    tried = [(name, number) for name in sorted(EXAMPLES) for number in range(len(EXAMPLES[name]))]
    found = {}
    for name, number in reversed(tried) if backwards else tried:
        example = EXAMPLES[name][number]
        played = play(built_in(name), example.url, example.answers, example.access)
        found[f"{name} {number}"] = [played.document, [target.url for target in played.targets]]
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def test_every_process_makes_the_same_of_the_same_answers_in_any_order() -> None:
    script = "import sys; from test_contract import documents; print(documents(backwards=sys.argv[1] == 'back'))"
    told = {documents(), documents(backwards=True)}
    for seed, order in (("1", "on"), ("2", "back")):
        environ = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", script, order], env=environ, capture_output=True, check=True)
        told.add(done.stdout.decode().strip())
    assert len(told) == 1
