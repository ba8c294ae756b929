"""A fault that SHACL cannot find: a shape says in Turtle what it is, a module of ours finds it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """That `thing` breaks the shape of that local name, and what stands for {?value} in its text.

    `thing` and `path` are IRIs.
    """

    shape: str
    thing: str
    path: str
    value: str
