"""Finds where a program keeps functions, and puts others in their place for a while."""

import sys
import weakref
from collections.abc import Callable, Collection, Mapping
from types import ModuleType
from typing import Any


class ReplacedFunctions:
    """Functions of the standard library or of a package, and what stands in their place for a while.

    They are replaced in their own modules and in the program's, where `from time import sleep` has put them.
    Modules are searched once, and again when they have other names or are new: a thousand of them take
    10 ms, and then less than one. Only one thread at a time may call it.

    Args:
        replacements: by the originals.
        homes: the modules that the originals belong to.
        left_alone: packages that are no part of the program.
    """

    def __init__(
        self,
        replacements: Mapping[Callable[..., Any], Callable[..., Any]],
        homes: Collection[ModuleType],
        left_alone: Collection[str],
    ) -> None:
        self._replacements = replacements
        self._originals = {new: old for old, new in replacements.items()} | {old: old for old in replacements}
        self._kinds = {type(each) for each in self._originals}
        self._homes = homes
        self._left_alone = left_alone
        self._num_names: weakref.WeakKeyDictionary[ModuleType, int] = weakref.WeakKeyDictionary()
        self._places: dict[tuple[weakref.ref[ModuleType], str], Callable[..., Any]] = {}

    def replace(self) -> None:
        """Put the replacements where the originals are."""
        self._search()
        for (module, name), original in self._places.items():
            _exchange(module(), name, original, self._replacements[original])

    def restore(self) -> None:
        """Put the originals where the replacements are, also where those came to meanwhile."""
        self._search()
        for (module, name), original in self._places.items():
            _exchange(module(), name, self._replacements[original], original)

    def _search(self) -> None:
        known: list[object] = [*self._homes, *sys.modules.values()]  # some put other things among them
        for module in known:
            if not isinstance(module, ModuleType) or self._num_names.get(module) == len(vars(module)):
                continue
            self._num_names[module] = len(vars(module))
            if module in self._homes or self._is_of_program(module):
                for name, value in list(vars(module).items()):
                    if type(value) in self._kinds and value in self._originals:  # `isinstance` wakes proxies
                        self._places[weakref.ref(module), name] = self._originals[value]

    def _is_of_program(self, module: ModuleType) -> bool:
        root = str(vars(module).get("__name__")).partition(".")[0]
        return root not in self._left_alone and root not in sys.stdlib_module_names


def _exchange(module: ModuleType | None, name: str, old: object, new: object) -> None:
    if module is not None and vars(module).get(name) is old:
        vars(module)[name] = new
