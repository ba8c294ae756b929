"""Engagements as GeoJSON (RFC 7946): each a feature, with no geometry where nobody can place it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from diplograph.views.engagements import Engagement
from diplograph.views.roll import Spot
from diplograph.views.tables import COLUMNS, list_rows


def write_geojson(engagements: Iterable[Engagement], spots: dict[str, tuple[Spot, ...]]) -> bytes:
    """Return a collection of features; what is said of each is in the columns of the tables.

    Coordinates are longitude and latitude in degrees (WGS 84). `precision` says "state only" where
    the point merely represents a state of which no report says where in it.
    """
    chosen = list(engagements)
    rows = zip(chosen, list_rows(chosen), strict=True)
    features = [
        {
            "type": "Feature",
            "id": each.thing.iri,
            "geometry": _place(spots.get(each.thing.iri, ())),
            "properties": dict(zip(COLUMNS, row, strict=True)),
        }
        for each, row in rows
    ]
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _place(spots: tuple[Spot, ...]) -> dict | None:
    points = [[each.longitude, each.latitude] for each in spots if each.placed]
    if not points:
        return None
    if len(points) == 1:
        return {"type": "Point", "coordinates": points[0]}
    return {"type": "MultiPoint", "coordinates": points}
