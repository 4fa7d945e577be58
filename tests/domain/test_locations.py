"""Reading a location: each habit of writing, and the laws over all of them."""

import time

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.locations import ParsedLocation, parse_location


def parts(text: str) -> dict[str, str]:
    """What a location names, by part."""
    return attrs.asdict(parse_location(text), filter=lambda _, value: value is not None)


class TestRegion:
    @pytest.mark.parametrize(
        "prefix", ["", "昆明市", "云南省昆明市", "云南昆明", "中国云南省昆明市", "昆明", "云南省 昆明市 ", "云南"]
    )
    def test_country_province_and_city_say_nothing(self, prefix: str):
        """Everybody who asks lives in Kunming."""
        assert parts(f"{prefix}五华区学府路253号") == {"district": "五华区", "road": "学府路", "number": "253"}

    @pytest.mark.parametrize(
        ("written", "today"),
        [
            ("呈贡县", "呈贡区"),
            ("呈贡新区", "呈贡区"),
            ("晋宁县", "晋宁区"),
            ("石林彝族自治县", "石林县"),
            ("禄劝彝族苗族自治县", "禄劝县"),
            ("寻甸回族彝族自治县", "寻甸县"),
            ("安宁市", "安宁市"),
        ],
    )
    def test_an_old_or_full_name_is_todays_district(self, written: str, today: str):
        """呈贡 became a district in 2011, 晋宁 in 2016; certificates keep the name they were written with."""
        assert parse_location(f"昆明市{written}彩云北路2201号").district == today

    @pytest.mark.parametrize(
        "zone",
        [
            "经开区",
            "昆明经济技术开发区",
            "昆明国家级经济技术开发区",
            "高新区",
            "高新技术产业开发区",
            "昆明国家高新技术产业开发区",
            "滇池度假区",
            "滇池国家旅游度假区",
            "空港经济区",
            "阳宗海风景名胜区",
        ],
    )
    def test_a_development_zone_is_no_district(self, zone: str):
        """Zones have no code of their own and lie across districts."""
        assert parts(f"{zone}春漫大道12号") == {"road": "春漫大道", "number": "12"}

    @pytest.mark.parametrize(
        "city",
        ["曲靖市", "云南省昭通市", "大理白族自治州", "红河州", "四川省", "成都市武侯区", "兴安盟", "麒麟区", "富源县"],
    )
    def test_another_city_is_told(self, city: str):
        """A street and an estate of the same name lie in other cities too."""
        assert parse_location(f"{city}学府路253号").city is not None

    @pytest.mark.parametrize(
        "name",
        ["曲靖市驻昆办事处宿舍", "新都市北区", "都市小区", "瑞丽市场", "昆明市委宿舍", "云南省委宿舍", "小县花园"],
    )
    def test_a_name_that_only_begins_like_a_city_stays(self, name: str):
        """Other cities keep offices in Kunming, and estates are called after cities."""
        found = parse_location(f"{name}3幢")
        assert (found.city, found.estate) == (None, name)

    @pytest.mark.parametrize(
        "quarter",
        [
            "关上街道办事处",
            "关上街道",
            "关上办事处",
            "大板桥镇",
            "双龙乡",
            "关上街道虹山社区",
            "虹山社区居委会",
            "双桥村委会",
        ],
    )
    def test_street_offices_towns_and_communities_are_passed_over(self, quarter: str):
        """They change hands between offices and stand on one side only."""
        assert parts(f"官渡区{quarter}民航路400号") == {"district": "官渡区", "road": "民航路", "number": "400"}

    @pytest.mark.parametrize(
        "estate", ["云南映象3幢", "昆明老街3幢", "玉龙湾小镇3幢", "盘龙区古滇水镇3幢", "昆明市场大楼3幢", "莲华社区3幢"]
    )
    def test_a_name_that_only_begins_like_a_region_stays(self, estate: str):
        """云南映象 is an estate, not a province."""
        found = parse_location(estate)
        assert (found.road or "") + (found.estate or "") in estate
        assert found.building == "3"


class TestNames:
    @pytest.mark.parametrize(
        ("text", "part", "name"),
        [
            ("三家村6幢", "estate", "三家村"),
            ("五里多小区六幢", "estate", "五里多小区"),
            ("一二一大街二百九十八号", "road", "一二一大街"),
            ("十里长街三幢", "road", "十里长街"),
            ("十里长街小区三幢", "estate", "十里长街小区"),
            ("七彩云南十八栋", "estate", "七彩云南"),
            ("二环西路十号", "road", "二环西路"),
            ("经开区3号路12号", "road", "3号路"),
            ("北京路延长线988号", "road", "北京路延长线"),
            ("昆明北京路612号", "road", "北京路"),
            ("人民路口3幢", "estate", "人民路口"),
            ("金碧路与三市街交叉口2号", "road", "金碧路"),
            ("公园1903 3幢", "estate", "公园1903"),
            ("公园1903三幢", "estate", "公园1903"),
            ("恒隆IFC 3幢", "estate", "恒隆IFC"),
            ("滇池卫城二期3幢", "estate", "滇池卫城2期"),
        ],
    )
    def test_a_name_survives_its_numerals(self, text: str, part: str, name: str):
        """Numerals are numbers only right before a counting word."""
        assert parts(text)[part] == name

    @pytest.mark.parametrize(
        ("written", "number"),
        [
            ("十", "10"),
            ("十八", "18"),
            ("二十", "20"),
            ("一百零五", "105"),
            ("一千二百三十", "1230"),
            ("一五〇二", "1502"),
            ("一五○二", "1502"),
            ("壹拾贰", "12"),
            ("二0三", "203"),
            ("两", "2"),
        ],
    )
    def test_chinese_numerals_are_read(self, written: str, number: str):
        """By place value, or digit by digit as room numbers are said."""
        assert parse_location(f"金康园{written}室").room == number


class TestNumbers:
    @pytest.mark.parametrize(
        ("written", "number"),
        [
            ("612号", "612"),
            ("0612号", "612"),
            ("612-3号", "612附3"),
            ("612号甲", "612甲"),
            ("甲612号", "612号甲"),
            ("612号支1号", "612支1"),
            ("612号（原8号）", "612原8"),
            ("612号附1号", "612附1"),
            ("612号附01", "612附1"),
            ("612号大院", "612"),
            ("612#", "612"),
            ("612", "612"),
        ],
    )
    def test_street_numbers(self, written: str, number: str):
        """门牌号, with the annexes that Kunming's older streets are full of."""
        assert parts(f"北京路{written}") == {"road": "北京路", "number": number}

    def test_a_village_house_has_its_number_without_a_road(self):
        """严家地村3组88号 has neither road nor room."""
        assert parts("严家地村3组88号") == {"estate": "严家地村3组", "number": "88"}


class TestInside:
    @pytest.mark.parametrize(
        ("written", "building", "unit", "room"),
        [
            ("3幢2单元502室", "3", "2", "502"),
            ("3栋2单元502", "3", "2", "502"),
            ("3座2单元502号", "3", "2", "502"),
            ("3号楼2单元502户", "3", "2", "502"),
            ("3#楼2单元502", "3", "2", "502"),
            ("3#2单元502", "3", "2", "502"),
            ("3号幢2单元502号房", "3", "2", "502"),
            ("3楼2单元502", "3", "2", "502"),
            ("第三幢第二单元第五层五〇二室", "3", "2", "502"),
            ("三幢二单元五零二室", "3", "2", "502"),
            ("03幢02单元0502", "3", "2", "502"),
            ("3-2-502", "3", "2", "502"),
            ("3—2—502室", "3", "2", "502"),
            ("3幢2-502", "3", "2", "502"),
            ("3幢-2单元-502", "3", "2", "502"),
            ("3-2单元502", "3", "2", "502"),
            ("3幢2单元5-502", "3", "2", "502"),
            ("3幢2单元5楼502", "3", "2", "502"),
            ("3 2 502室", "3", "2", "502"),
            ("3幢502", "3", None, "502"),
            ("3-502", "3", None, "502"),
            ("3-1幢502", "3-1", None, "502"),
            ("A座1503", "A", None, "1503"),
            ("A-03栋1503", "A3", None, "1503"),
            ("A-1503", "A", None, "1503"),
            ("3幢A1503", "3", "A", "1503"),
            ("3幢A-1503", "3", "A", "1503"),
            ("3幢2单元A503", "3", "2", "A503"),
            ("3幢甲单元502", "3", "甲", "502"),
            ("3幢东单元502", "3", "东", "502"),
            ("乙幢502甲", "乙", None, "502甲"),
            ("3幢502-1", "3", None, "502-1"),
            ("3-502-1室", "3", None, "502-1"),
            ("2单元5-502", None, "2", "502"),
            ("2单元502", None, "2", "502"),
            ("5楼502", None, None, "502"),
            ("5楼2-502", None, "2", "502"),
            ("3楼502", "3", None, "502"),
            ("3楼502号", "3", None, "502"),
            ("502室", None, None, "502"),
            ("502", None, None, "502"),
            ("1号楼A座502", "1-A", None, "502"),
            ("3号楼3幢502", "3", None, "502"),
            ("3幢12层03号", "3", None, "1203"),
            ("3幢15楼C室", "3", None, "15C"),
            ("15楼C室", None, None, "15C"),
            ("3幢2单元5楼2号", "3", "2", "502"),
            ("3幢2单元5-2号", "3", "2", "502"),
            ("3幢2单元A-502", "3", "2", "A502"),
            ("3-2-5-502", "3", "2", "502"),
            ("3幢负1层12号", "3", None, "负1-12"),
            ("3幢-1层12号", "3", None, "负1-12"),
            ("3幢地下一楼12号", "3", None, "负1-12"),
            ("3幢B1层12号", "3", None, "负1-12"),
            ("3幢502室、503室", "3", None, "502+503"),
            ("3幢503、502室", "3", None, "502+503"),
            ("3幢502室和503室", "3", None, "502+503"),
            ("3幢501/601", "3", None, "501+601"),
            ("3幢502室（住宅）", "3", None, "502"),
        ],
    )
    def test_building_unit_and_room(self, written: str, building: str | None, unit: str | None, room: str | None):
        """Every usual way to write where a home is in its estate."""
        expected = ParsedLocation(
            road="学府路", number="253", estate="莲华新苑", building=building, unit=unit, room=room
        )
        found = parse_location(f"学府路253号莲华新苑{written}")

        assert attrs.asdict(found) == attrs.asdict(expected)

    @pytest.mark.parametrize(
        ("written", "wording"),
        [
            ("3幢A区502", "A区"),
            ("3幢地下室", "地下室"),
            ("3幢502室附12号车位", "附12号车位"),
            ("3幢502车库", "车库"),
            ("3幢商铺12号", "商铺"),
            ("商铺12号", "商铺"),
            ("3幢负一层502室", "负1层"),
            ("3幢负一层", "负1层"),
            ("3幢第5层502室内", None),
        ],
    )
    def test_what_cannot_be_read_is_kept(self, written: str, wording: str | None):
        """A garage 502 is not room 502: two locations that differ in it are no match."""
        found = parse_location(f"学府路253号莲华新苑{written}")

        assert (found.estate, found.wording) == ("莲华新苑", wording)

    def test_a_second_number_is_the_building_or_from_100_on_the_room(self):
        """北京路612号3号502室: the 号 after a street number."""
        assert parts("北京路612号3号502室") == {"road": "北京路", "number": "612", "building": "3", "room": "502"}
        assert parts("北京路612号502号") == {"road": "北京路", "number": "612", "room": "502"}

    def test_only_the_room_is_sure_where_a_row_of_numbers_follows_a_road(self):
        """文林街12-3-502 may be street number 12 or building 12: what is not sure is not said."""
        assert parts("文林街12-3-502") == {"road": "文林街", "room": "502"}
        assert parts("文林街12-3-2-502") == {
            "road": "文林街",
            "number": "12",
            "building": "3",
            "unit": "2",
            "room": "502",
        }


_LABEL = st.integers(1, 99).map(str)
_BUILDING = _LABEL | st.sampled_from(["A", "B", "A3", "C12"])
_ROOM = st.builds(lambda floor, door: f"{floor}{door:02}", st.integers(1, 33), st.integers(1, 12))
_HOMES = st.builds(
    ParsedLocation,
    district=st.sampled_from(["五华区", "盘龙区", "呈贡区", "安宁市", "石林县"]),
    road=st.sampled_from(["一二一大街", "二环西路", "北京路延长线", "十里长街", "春漫大道", "文林街"]),
    number=st.integers(1, 2999).map(str) | st.sampled_from(["20附5", "12附1"]),
    estate=st.sampled_from(["五里多小区", "七彩云南", "滇池卫城2期", "金康园A区", "三家村", None]),
    building=_BUILDING,
    unit=_LABEL,
    room=_ROOM,
)


def _street(home: ParsedLocation) -> str:
    number = (home.number or "").replace("附", "号附")
    return f"{home.road}{number}号{home.estate or ''}"


def _full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


_HAN_DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")

HOUSE_STYLES = {
    "registry": lambda h: f"云南省昆明市{h.district}{_street(h)}{h.building}幢{h.unit}单元{h.room}室",
    "full width": lambda h: _full_width(f"{h.district}{_street(h)}{h.building}栋{h.unit}单元{h.room}"),
    "water company": lambda h: f"{h.district} {_street(h)} {h.building}-{h.unit}-{h.room}",
    "hash mark": lambda h: f"昆明{h.district}{_street(h)}{h.building}#楼{h.unit}单元0{h.room}号",
    "mixed": lambda h: f"{h.district}，{_street(h)}（{h.building}号楼{h.unit}-{h.room}）",
    "numerals": lambda h: (
        f"{h.district}{_street(h)}{h.building}座{h.unit.translate(_HAN_DIGITS)}单元{h.room.translate(_HAN_DIGITS)}室"
    ),
}


class TestLaws:
    @pytest.mark.parametrize("style", HOUSE_STYLES)
    @given(home=_HOMES)
    def test_every_house_style_reads_back_to_the_same_parts(self, style: str, home: ParsedLocation):
        """Two offices may write as they like: the parts are the same."""
        assert attrs.asdict(parse_location(HOUSE_STYLES[style](home))) == attrs.asdict(home)

    @given(
        st.text(max_size=250)
        | st.text(alphabet="昆明市五华区号幢栋座楼单元室街道路巷第一十百〇12Aa#- —（）附与口镇", max_size=250)
    )
    def test_any_text_is_read(self, text: str):
        """The utility's text is a stranger's: it may be wrong, it never stops us."""
        assert isinstance(parse_location(text), ParsedLocation)

    @given(st.text(alphabet="昆明市区号幢单元室街道路社镇第一十1A#-与口", min_size=1, max_size=6))
    def test_no_text_costs_much(self, piece: str):
        """The work grows with the length and not beyond: half a second is a thousand times what it takes."""
        text = (piece * 200)[:200]
        began = time.process_time()
        parse_location(text)

        assert time.process_time() - began < 0.5

    @pytest.mark.parametrize("text", ["五华区学府路253号3幢502室".ljust(201), "㌖" * 198 + "3幢"])
    def test_a_text_too_long_to_be_a_location_is_not_read(self, text: str):
        """A cut text could name another room; none is named instead."""
        assert parse_location(text) == ParsedLocation()

    def test_its_parts_are_not_printed(self):
        """Where somebody lives must not reach a log."""
        assert repr(parse_location("五华区学府路253号3幢502室")) == "ParsedLocation(***)"
