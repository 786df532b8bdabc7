"""Things that register themselves from their own file, found by importing every module of a folder."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Generic, TypeVar

from liwa.core.errors import LiwaError

T = TypeVar("T")


def import_all(package: str) -> None:
    """Import every module directly inside `package`, so that what they register is known."""
    found = import_module(package)
    for module in iter_modules(found.__path__):
        import_module(f"{package}.{module.name}")


class Registry(Generic[T]):
    """Named things of one kind, registered by the modules of `package`.

    >>> sources = Registry[Source]("source", "liwa.sources")
    >>> @sources.register("oneroster")
    ... class OneRoster: ...
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package
        self._items: dict[str, T] = {}
        self._loaded = False

    def register(self, name: str) -> Callable[[T], T]:
        """A decorator that files the decorated thing under `name`; a name can be taken once."""

        def keep(item: T) -> T:
            if self._items.get(name, item) is not item:
                raise RuntimeError(f"two {self.kind}s are called {name!r}")
            self._items[name] = item
            return item

        return keep

    def _load(self) -> None:
        if not self._loaded:
            self._loaded = True  # before, since a module may ask while it is imported
            try:
                import_all(self.package)
            except BaseException:
                self._loaded = False
                raise

    def __getitem__(self, name: str) -> T:
        self._load()
        try:
            return self._items[name]
        except KeyError:
            known = ", ".join(sorted(self._items))
            raise LiwaError(f"There is no {self.kind} called {name!r}.", remedy=f"Known: {known}.") from None

    def __contains__(self, name: str) -> bool:
        self._load()
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(sorted(self._items))

    def items(self) -> list[tuple[str, T]]:
        """All (name, thing) pairs, sorted by name."""
        self._load()
        return sorted(self._items.items())
