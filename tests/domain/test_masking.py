"""张* and 盘龙区****3幢: what a mask lets through, and that it lets through nothing else."""

import csv
from pathlib import Path

import pytest

from cotransfer.domain.locations import parse_location
from cotransfer.domain.masking import masked_location, masked_name
from cotransfer.domain.values import Location, Name

PAIRS = Path(__file__).with_name("kunming_pairs.csv")


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("昆明市盘龙区白云路456号白云花园3幢2单元501室", "盘龙区****3幢"),
        ("五华区翠湖东路18号翠湖小区3栋2单元502", "五华区****3幢"),
        ("官渡区民航路9号", "官渡区****"),
        ("翠湖小区3号楼", "****3幢"),
        ("某处某地", "****"),
        ("呈贡县龙城镇4幢", "呈贡区****4幢"),
    ],
)
def test_a_location_shows_district_and_building(location: str, shown: str):
    """§8: as the research's example; a text that cannot be read shows nothing."""
    assert masked_location(Location(location)) == shown


def test_no_location_of_kunming_shows_more():
    """Of every location in the collection: no road, no estate, no number of the house, entrance or room."""
    rows = csv.reader(PAIRS.read_text(encoding="utf-8").splitlines())
    texts = {value for row in rows for value in row if len(value) >= 8}
    assert len(texts) > 100
    for text in texts:
        parsed, shown = parse_location(text), masked_location(Location(text))
        rest = shown.replace(parsed.district or "", "", 1).replace("****", "", 1)
        assert rest == (f"{parsed.building}幢" if parsed.building else "")
        assert not [part for part in (parsed.road, parsed.estate) if part and part in shown]


@pytest.mark.parametrize(("name", "shown"), [("张三", "张*"), ("欧阳春晓", "欧*"), ("甲", "*"), ("*三", "*")])
def test_a_name_shows_its_beginning(name: str, shown: str):
    """Nothing about its length."""
    assert masked_name(Name(name)) == shown
