"""What all tables' models have in common."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, Self

from django.db import models
from django.db.models.base import ModelState


class Row(models.Model):
    """A model whose rows come from the database as they are, past signals and defaults that none of ours needs.

    Django's way takes four times as long, and a post reads some rows of eight tables; a large one makes thousands.
    """

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        """The row, without the fields that were not asked for."""
        row = cls.__new__(cls)
        row.__dict__.update(zip(field_names, values, strict=True))
        state = row._state = ModelState()
        state.adding, state.db = False, db
        return row

    @classmethod
    def new(cls, **values: Any) -> Self:
        """An instance with those values, by the names of fields, and with the others' defaults.

        Raises TypeError where there is no such field.
        """
        one, blank = cls.__new__(cls), _blank(cls)
        state = one._state = ModelState()
        held = one.__dict__
        held.update(blank.values)
        for name, default in blank.defaults:
            held[name] = default()
        held.update(values)
        for name, relation in blank.relations:
            value = held.pop(name, None)
            if value is not None:
                held[relation.attname], state.fields_cache[name] = getattr(value, relation.target), value
        if len(held) > blank.size:
            raise TypeError(f"{cls.__name__} has not all of the fields {', '.join(values)}")
        return one


class _Blank(NamedTuple):
    """What a model's new instances have alike; `defaults` are made for each."""

    values: Mapping[str, Any]
    defaults: Sequence[tuple[str, Callable[[], Any]]]
    relations: Sequence[tuple[str, "_Relation"]]
    size: int


class _Relation(NamedTuple):
    """What a related object's id is called, in the instance and in the object."""

    attname: str
    target: str


@cache
def _blank(model: type[Row]) -> _Blank:
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    made = [(one.attname, one.default) for one in fields if one.has_default() and callable(one.default)]
    plain = {one.attname: one.get_default() for one in fields if not (one.has_default() and callable(one.default))}
    relations = [
        (one.name, _Relation(one.attname, one.target_field.attname))
        for one in fields
        if isinstance(one, models.ForeignKey)
    ]
    # Beside the fields, an instance has its state.
    return _Blank(plain, made, relations, len(fields) + 1)
