"""A table of subjects, and the proof of a function that finds its own subject there."""

import importlib
import pkgutil
from collections.abc import Mapping

from .checks import instance
from .prove import prove
from .subject import Subject

__all__ = ["Subjects"]


class Subjects(Mapping):
    """Subjects by name.

    Parameters
    ----------
    *tables : mapping
        Name -> Subject. No name may stand in two of them.

    Raises
    ------
    TypeError
        If something in a table is not a Subject.
    ValueError
        If a name stands in two tables.
    """

    def __init__(self, *tables):
        self._subjects, self._waiting = {}, {}
        for table in tables:
            self._take(table)

    @classmethod
    def found_in(cls, package, path):
        """Subjects of the modules of a package, each imported when it is needed.

        A module has the name of the one whose functions are its subjects, and calls their table `SUBJECTS`; one without
        such a table is none of them.

        Parameters
        ----------
        package : str
            Its name.
        path : sequence of str
            Where its modules are, its `__path__`.

        Returns
        -------
        Subjects
        """
        found = cls()
        names = sorted(module.name for module in pkgutil.iter_modules(path))
        found._waiting = {name: f"{package}.{name}" for name in names}
        return found

    def _take(self, table):
        for name, subject in table.items():
            if name in self._subjects:
                raise ValueError(f"tables: expected every name once, got {name!r} twice")
            self._subjects[name] = instance(f"tables[{name!r}]", subject, Subject)

    def _import(self, *modules):
        for module in modules:
            if module in self._waiting:
                self._take(getattr(importlib.import_module(self._waiting.pop(module)), "SUBJECTS", {}))

    def __getitem__(self, name):
        if name not in self._subjects:
            self._import(*list(self._waiting))
        return self._subjects[name]

    def __iter__(self):
        self._import(*list(self._waiting))
        return iter(self._subjects)

    def __len__(self):
        return sum(1 for _ in self)

    def of(self, backward):
        """The subject that a backward function, or an edited copy of it, belongs to: the first of them in the table.

        Parameters
        ----------
        backward : function

        Returns
        -------
        Subject

        Raises
        ------
        ValueError
            If there is none.
        """
        place = (getattr(backward, "__module__", None), getattr(backward, "__name__", None))
        self._import(str(place[0]).rpartition(".")[2])
        for subjects in (self._subjects, self):
            for subject in subjects.values():
                if (subject.backward.__module__, subject.backward.__name__) == place:
                    return subject
        known = ", ".join(sorted({s.backward.__name__ for s in self._subjects.values()}))
        raise ValueError(f"backward: expected one of {known}, got {getattr(backward, '__name__', backward)!r}")

    def prove(self, backward, equations, rng, *, subject=None, oracles=None):
        """Check named gradients of a backward function against independent derivatives of its forward function.

        The forward function is run with the named value changed where it is assigned; the loss is a random linear
        function of its outputs; arguments are random.

        Parameters
        ----------
        backward : function
            A backward function of the table, or an edited copy of one.
        equations : dict
            From the gradient's name in the code ("d_x") to the label of the book's equation.
        rng : numpy.random.Generator
            The only source of randomness.
        subject : Subject or str, optional
            One of the table, or another one; by default the one that `backward` belongs to.
        oracles : sequence of str, optional
            Of "exact", "complex step", "JAX"; by default all, the last where the subject has a program for it.

        Returns
        -------
        Evidence
            One record for each equation and oracle.

        Raises
        ------
        CheckFailed
            If a gradient is wrong; names equation, oracle, element, value and expected value.
        TypeError, ValueError
            If an argument is not as described.
        """
        if subject is None:
            subject = self.of(backward)
        elif isinstance(subject, str):
            self._import(str(getattr(backward, "__module__", None)).rpartition(".")[2])
            subject = self.get(subject, subject)
        if not isinstance(subject, Subject):
            raise ValueError(f"subject: expected a Subject or one of {sorted(self)}, got {subject!r}")
        return prove(backward, equations, rng, subject=subject, oracles=oracles)
