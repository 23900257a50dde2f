"""What the log adds up to, event by event, for those who read a case (docs/spec/custody-log.md §4–§6). No I/O."""

from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import Literal

from archiver import canon
from archiver.canon import Json
from archiver.custody.handover import EVENTS as CUSTODY_EVENTS
from archiver.custody.handover import HandOver, Held
from archiver.custody.layout import item_path, withholdable
from archiver.custody.log import EVENTS, FORMAT, GENESIS, Event, line_sha256
from archiver.custody.sealstate import EVENTS as SEAL_EVENTS
from archiver.custody.sealstate import SealState
from archiver.custody.shapes import shape_problems
from archiver.model.item import StoredFile

OUTCOMES = frozenset({"item.captured", "item.failed", "item.interrupted", "item.imported"})

ProblemKind = Literal["chain", "order", "data"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an event cannot stand where it stands.

    `chain`: seq, prev or case do not continue the line before. `order`: it cannot happen at this point of the case.
    `data`: its members are not those of its event. `message` is lower case, for people, and may hold text of the log.
    """

    kind: ProblemKind
    message: str


@dataclass(frozen=True, slots=True)
class ItemState:
    """One item so far. `requested`, `outcome` and `withheld` are log lines, 0 for none; `event` names the outcome."""

    item: int
    requested: int
    requested_sha256: str
    event: str = ""
    outcome: int = 0
    file: StoredFile | None = None
    withheld: int = 0


@dataclass(slots=True)
class CaseState:
    """The case after the events applied so far; changed by `apply` only.

    `seq` and `head` are the last line and its hash (0 and 64 zeros before the first). `items` is by number. `gone` maps
    the path of every file that was lawfully removed to the log line that says so, `aside` every path that recovery
    recorded in quarantine to its file. `sealed` is about keys, seals and tokens, `custody` about hand-overs.
    """

    case: str = ""
    format: str = ""
    seq: int = 0
    head: str = GENESIS
    items: dict[int, ItemState] = field(default_factory=dict)
    case_yaml: tuple[int, str] = (0, "")  # the log line that holds the policy in force, and the digest of its text
    gone: dict[str, int] = field(default_factory=dict)
    aside: dict[str, StoredFile] = field(default_factory=dict)
    sealed: SealState = field(default_factory=SealState)
    custody: HandOver = field(default_factory=HandOver)
    unclosed: set[int] = field(default_factory=set)
    batches: set[int] = field(default_factory=set)  # the log lines at which a batch began
    _lowest: list[int] = field(default_factory=list)  # a heap of all that is unclosed, and of some that were

    @property
    def open_items(self) -> tuple[ItemState, ...]:
        """The items that were requested and have no outcome, lowest first."""
        return tuple(self.items[item] for item in sorted(self.unclosed))

    @property
    def newer(self) -> bool:
        """Whether the case was opened in a format that this version does not know."""
        return self.format not in {"", FORMAT}

    def held(self) -> Held:
        """Return what the case holds; what was withheld is not counted among the files."""
        files = [item.file for item in self.items.values() if item.file is not None and not item.withheld]
        return Held(len(self.items), len(files), sum(file.size for file in files))

    def apply(self, event: Event, sha256: str | None = None) -> tuple[Problem, ...]:
        """Take in the next event and return what is wrong with it; whatever can be used of it is used all the same.

        `sha256` is the hash of its raw line with the LF, computed from the event when it is not given. Never raises.
        """
        problems = [*self._chain(event), *(Problem("data", text) for text in shape_problems(event.event, event.data))]
        self.seq, self.head = event.seq, sha256 or line_sha256(event)
        self.case = self.case or event.case
        if (event.event == "case.opened") != (event.seq == 1):
            problems.append(Problem("order", "the first line, and only that, is case.opened"))
        if event.event not in EVENTS and not self.newer:
            problems.append(Problem("order", f"{event.event} is not an event of this format"))
        if any(problem.kind == "data" for problem in problems):
            return tuple(problems)
        problems += self._take_in(event)
        return tuple(problems)

    def _chain(self, event: Event) -> list[Problem]:
        problems = []
        if event.seq != self.seq + 1:
            problems.append(Problem("chain", f"seq is {event.seq} where {self.seq + 1} must stand"))
        if event.prev != self.head:
            problems.append(Problem("chain", "prev is not the hash of the line before"))
        if self.case and event.case != self.case:
            problems.append(Problem("chain", "the line belongs to another case"))
        return problems

    def _take_in(self, event: Event) -> list[Problem]:
        if event.event in CUSTODY_EVENTS:
            return [
                Problem(kind, message) for kind, message in self.custody.apply(event, self.held(), self.sealed.receipt)
            ]
        self.custody.other(event)
        if event.event in {"case.opened", "case.amended"}:
            return self._policy(event)
        if event.event == "item.requested":
            return self._requested(event)
        if event.event in OUTCOMES:
            return self._outcome(event)
        if event.event == "item.withheld":
            return self._withheld(event)
        if event.event in SEAL_EVENTS:
            return [Problem(kind, message) for kind, message in self.sealed.apply(event)]
        if event.event == "export.made":
            return self._exported(event)
        if event.event == "replay.checked":
            return self._checked(event)
        if event.event == "incident.recovered":
            self._recovered(event)
        if event.event == "batch.started":
            self.batches.add(event.seq)
        if event.event == "batch.ended" and event.data["batch"] not in self.batches:
            return [Problem("order", f"no batch was started on line {event.data['batch']}")]
        if event.event == "note.added" and event.data["item"] is not None and event.data["item"] not in self.items:
            return [Problem("order", f"there is no item {event.data['item']}")]
        return []

    def _policy(self, event: Event) -> list[Problem]:
        facts = _object(event.data["case_yaml"])
        text = str(facts["text"]).encode("utf-8")
        if event.event == "case.opened":
            self.format = str(event.data["format"])
        self.case_yaml = (event.seq, str(facts["sha256"]))
        if canon.sha256_hex(text) != facts["sha256"] or len(text) != facts["size"]:
            return [Problem("data", "the digest or the size of case.yaml is not that of its text")]
        return []

    def _requested(self, event: Event) -> list[Problem]:
        problems = []
        item, last = _number(event.data["item"]), len(self.items)
        if item != last + 1:
            problems.append(Problem("order", f"item {item} is requested where item {last + 1} is next"))
        if item not in self.items:
            self.items[item] = ItemState(item, event.seq, self.head)
            self.unclosed.add(item)
            heappush(self._lowest, item)
        if canon.sha256_hex(canon.dumps(event.data["settings"])) != event.data["settings_sha256"]:
            problems.append(Problem("data", "settings_sha256 is not that of the settings"))
        policy = _object(event.data["case_yaml"])
        if (policy["line"], policy["sha256"]) != self.case_yaml:
            problems.append(Problem("data", "case_yaml does not name the policy in force"))
        if "row" in event.data and _object(event.data["row"])["batch"] not in self.batches:
            problems.append(Problem("data", "its row names a line on which no batch was started"))
        return problems + self._oldest_open(event)

    def _outcome(self, event: Event) -> list[Problem]:
        item = _number(event.data["item"])
        state = self.items.get(item)
        if state is None:
            return [Problem("order", f"item {item} was never requested")]
        if state.outcome:
            return [Problem("order", f"item {item} has an outcome on line {state.outcome}")]
        problems = []
        if event.data["requested"] != state.requested:
            problems.append(Problem("data", f"item {item} was requested on line {state.requested}"))
        tries = _list(event.data.get("tries"))
        if tries and sum(map(_number, tries)) != len(_list(event.data.get("exchanges"))):
            problems.append(Problem("data", f"the tries of item {item} are not all of its exchanges"))
        file = _file(event.data["file"]) if "file" in event.data else None
        if file is not None and file.path != item_path(item):
            problems.append(Problem("data", f"the file of item {item} has the path of another"))
        self.items[item] = ItemState(item, state.requested, state.requested_sha256, event.event, event.seq, file)
        self.unclosed.discard(item)
        return problems + self._oldest_open(event)

    def _oldest_open(self, event: Event) -> list[Problem]:
        oldest = self._oldest_unclosed()
        stated = _number(event.data["oldest_open"])
        if stated == oldest:
            return []
        # told once: the lines that follow are judged by what this one says
        while (item := self._oldest_unclosed()) and (item < stated or not stated):
            self.unclosed.discard(item)
        said = f"oldest_open says that item {stated} is the oldest one without an outcome"
        return [Problem("data", f"{said}, and it is item {oldest} (0: none)")]

    def _oldest_unclosed(self) -> int:
        while self._lowest and self._lowest[0] not in self.unclosed:
            heappop(self._lowest)
        return self._lowest[0] if self._lowest else 0

    def _withheld(self, event: Event) -> list[Problem]:
        item = _number(event.data["item"])
        state = self.items.get(item)
        also = [_file(file) for file in _list(event.data["also"])]
        file = _file(event.data["file"]) if "file" in event.data else None
        if state is None or not state.outcome or not (file or also):
            return [Problem("order", f"item {item} has nothing that could be withheld")]
        problems = [
            Problem("data", f"item {item}: {other.path} can hold none of its bytes")
            for other in also
            if not withholdable(other.path, item)
        ]
        if state.withheld:
            problems.append(Problem("order", f"item {item} was withheld on line {state.withheld}"))
        if file != state.file:
            problems.append(Problem("data", f"the withheld file is not the one of item {item}"))
        self.items[item] = replace(state, withheld=event.seq)
        for gone in (*([file] if file else []), *also):
            self.gone[gone.path] = event.seq
        return problems

    def _exported(self, event: Event) -> list[Problem]:
        data = event.data
        problems = [
            Problem("order", f"there is no item {item}")
            for item in map(_number, _list(data["items"]))
            if item not in self.items
        ]
        if data["seal"] not in self.sealed.completed:
            problems.append(Problem("order", f"there is no seal {data['seal']}"))
        if data["encrypted"] != (_number(data["recipients"]) > 0):
            problems.append(Problem("data", "what is encrypted has recipients, and nothing else has"))
        return problems

    def _checked(self, event: Event) -> list[Problem]:
        item = _number(event.data["item"])
        state = self.items.get(item)
        if state is None or state.file is None:
            return [Problem("order", f"item {item} has no file that could be replayed")]
        live, replay = _object(event.data["live"]), _object(event.data["replay"])
        width, height = (max(_number(live[name]), _number(replay[name])) for name in ("width", "height"))
        pixels, differing = _number(event.data["pixels"]), _number(event.data["differing"])
        common = min(_number(live["width"]), _number(replay["width"])) * min(
            _number(live["height"]), _number(replay["height"])
        )
        same = live["sha256"] == replay["sha256"]
        if pixels != width * height or not pixels - common <= differing <= (0 if same else pixels):
            return [Problem("data", "the pixels are not those of its pictures")]
        return []

    def _recovered(self, event: Event) -> None:
        for action in map(_object, _list(event.data["actions"])):
            if "to" in action:
                self.aside[str(action["to"])] = StoredFile(
                    str(action["to"]), _number(action["size"]), str(action["sha256"])
                )


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0


def _file(value: Json) -> StoredFile:
    members = _object(value)
    return StoredFile(str(members["path"]), _number(members["size"]), str(members["sha256"]))
