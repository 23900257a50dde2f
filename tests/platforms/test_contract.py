"""Every adapter of this program keeps the contract that adapters of others are held to."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from trials import EXAMPLES

from archiver.platforms import registry
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


def test_the_hash_of_an_adapter_is_over_its_folder_and_what_adapters_share() -> None:
    here = Path(registry.__file__).parent
    names = [each.relative_to(here).as_posix() for each in here.rglob("*") if "__pycache__" not in each.parts]
    others = tuple(f"{entry.name}/" for entry in registry.BUILT_IN if entry.name != "threads")
    named = sorted(here / name for name in names if not name.startswith(others) and (here / name).is_file())
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(here).as_posix()}\n" for file in named
    ]
    assert {"files.py", "xml.py", "threads/telling.py", "meta/scripts.py"} <= {line.split()[1] for line in lines}
    assert registry.digest_of("threads") == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert registry.digest_of("x") != registry.digest_of("threads")
