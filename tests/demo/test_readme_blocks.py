"""The reader of command blocks: what counts as a command, and when output agrees with the page."""

import os
from pathlib import Path

from readme import Command, agrees, blocks, kinds, run, setup_commands

PAGE = """
<!-- command 1 -->
```sh
set up && go
```

```sh
# a remark
one
two \\
  more
for x in 1 2; do
  echo $x
done
```

```console
$ first
out
…
$ second
> goes on
```

```text
not run
```
"""


def test_blocks_are_read_by_their_marks() -> None:
    assert setup_commands(PAGE) == {"1": "set up && go"}
    assert kinds(PAGE) == ["sh", "sh", "console", "text"]
    assert blocks(PAGE) == [
        [
            Command("one", None),
            Command("two \\\n  more", None),
            Command("for x in 1 2; do\n  echo $x\ndone", None),
        ],
        [Command("first", ("out", "…")), Command("second\ngoes on", ())],
    ]


def test_output_agrees_up_to_the_ellipses_only() -> None:
    assert agrees(("a…c", "…", "z"), ("abc", "1", "2", "z"))
    assert agrees(("a…c", "…", "z"), ("abc", "z"))
    assert agrees((), ())
    assert not agrees(("a",), ("a", "b"))
    assert not agrees(("a…c",), ("ab",))
    assert not agrees(("a.c",), ("abc",))


def test_output_agrees_whatever_the_hash_the_time_and_the_size() -> None:
    at, later = "2026-11-22T14:01:28.556205Z", "2027-01-01T00:00:00.000000Z"
    assert agrees((f"sha256: {'a' * 64}", f"{at} 176 bytes"), (f"sha256: {'b' * 64}", f"{later} 9 bytes"))
    assert not agrees((f"sha256: {'a' * 64}",), (f"sha256: {'a' * 63}",))


def test_a_block_runs_in_one_shell_and_each_command_is_judged(tmp_path: Path) -> None:
    block = [Command("cd /", None), Command("pwd", ("/",)), Command("ls /nowhere 2>&1 >/dev/null | wc -l; false", None)]
    ran = run(block, tmp_path, {"PATH": os.environ["PATH"]})
    assert [(r.output, r.code) for r in ran] == [((), 0), (("/",), 0), (("1",), 1)]
