"""How help looks: plain text that reads the same on a pipe, with options in the groups they belong to."""

from typing import Any

import typer
from typer.core import TyperCommand

OPTIONS = "Options"
MAY_STAND_ALONE = {"--browser": ("proxy", ("proxy", "direct"))}
"""Options with the value that each has where none follows, and the values that may follow."""


class Command(TyperCommand):
    """A command whose usage line and argument list show only what a person types, and that takes each value once."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse as ever, but refuse a value that is given twice: which one was meant is not for a program to guess."""
        args = _valued(args)
        if not ctx.resilient_parsing:
            order: list[Any] = self.make_parser(ctx).parse_args(args=list(args))[2]
            for param in order:
                single = param.param_type_name == "option" and not (param.multiple or param.is_flag)
                if single and sum(1 for other in order if other is param) > 1:
                    raise typer.BadParameter("it is given more than once", ctx=ctx, param=param)
        rest: list[str] = super().parse_args(ctx, args)
        return rest

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words after the command's name: its arguments, then that there are options."""
        names = [_argument_name(param) for param in self.get_params(ctx) if param.param_type_name == "argument"]
        required = [f"{_option_name(p)}" for p in self.get_params(ctx) if p.param_type_name == "option" and p.required]
        return [*names, *required, "[OPTIONS]"]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then each group of options."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if param.param_type_name == "argument":
                groups.setdefault("Arguments", []).append((_argument_name(param), str(getattr(param, "help", ""))))
            elif (record := param.get_help_record(ctx)) is not None:
                panel = getattr(param, "rich_help_panel", None) or OPTIONS
                groups.setdefault(panel, []).append(record)
        for title in sorted(groups, key=lambda name: (name != "Arguments", name == OPTIONS)):
            with formatter.section(title):
                formatter.write_dl(groups[title])


def _valued(args: list[str]) -> list[str]:
    """Return `args` with a value for each option that may stand alone: the parser knows only those that take one."""
    found: list[str] = []
    for place, arg in enumerate(args):
        if arg == "--":
            return [*found, *args[place:]]
        usual, others = MAY_STAND_ALONE.get(arg, ("", ()))
        follows = args[place + 1] if place + 1 < len(args) else ""
        found.append(f"{arg}={usual}" if usual and follows not in others else arg)
    return found


def _argument_name(param: Any) -> str:
    name = str(param.metavar)
    return f"{name}..." if param.nargs != 1 else name


def _option_name(param: Any) -> str:
    return f"{param.opts[0]} {param.metavar}"
