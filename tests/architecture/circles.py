"""Circles of imports: modules that cannot be read, tested or moved one without the other."""

from collections.abc import Iterable, Iterator, Mapping

from .source import Module

Graph = Mapping[str, set[str]]


def dotted(module: Module) -> str:
    """`apps/core/ids.py` as `apps.core.ids`; a package goes by its own name."""
    return module.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def graph(modules: Iterable[Module]) -> dict[str, set[str]]:
    """Which module imports which others: at the top, inside a function, and under `TYPE_CHECKING`."""
    by_name = {dotted(module): module for module in modules}
    return {name: set(_targets(name, module, by_name)) - {name} for name, module in by_name.items()}


def _targets(name: str, module: Module, known: Mapping[str, Module]) -> Iterator[str]:
    """`from a import b` imports the module `a.b` if there is one, else `a`; and it runs the packages on the way."""
    above = set(_packages(name))
    for _line, imported in module.imports():
        target = imported if imported in known else imported.rpartition(".")[0]
        yield from (one for one in (target, *_packages(target)) if one in known and one not in above - {target})


def _packages(name: str) -> list[str]:
    """The packages that a module lies in, the nearest first."""
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(len(parts) - 1, 0, -1)]


def circles(imports: Graph) -> list[tuple[str, ...]]:
    """The groups of two or more modules that reach each other, each sorted by name (Tarjan)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    found: list[tuple[str, ...]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        path.append(name)
        for other in sorted(imports[name]):
            if other not in order:
                visit(other)
            if other in path:
                low[name] = min(low[name], low[other])
        if low[name] == order[name]:
            group = path[path.index(name) :]
            del path[path.index(name) :]
            if len(group) > 1:
                found.append(tuple(sorted(group)))

    for name in sorted(imports):
        if name not in order:
            visit(name)
    return sorted(found)
