"""Reads the region at the head of a location: city, district, street office; what follows is the road or the estate.

Kunming itself says nothing (everybody who asks lives there), another city does. A name that only begins like a region,
as 云南映象 or 曲靖市驻昆办事处, is left alone.
"""

import re

import attrs

_HAN = "\u4e00-\u9fff〇"
_DISTRICTS = {
    "呈贡新区": "呈贡区",
    "呈贡县": "呈贡区",
    "晋宁县": "晋宁区",
    "东川市": "东川区",
    "安宁县": "安宁市",
    "石林彝族自治县": "石林县",
    "路南彝族自治县": "石林县",
    "路南县": "石林县",
    "禄劝彝族苗族自治县": "禄劝县",
    "寻甸回族彝族自治县": "寻甸县",
}
_DISTRICTS |= {name: name for name in ("五华区", "盘龙区", "官渡区", "西山区", "东川区", "呈贡区", "晋宁区", "安宁市")}
_DISTRICTS |= {name: name for name in ("富民县", "宜良县", "石林县", "嵩明县", "禄劝县", "寻甸县")}
_DISTRICT = "|".join(_DISTRICTS)
_ZONE = (
    "(?:国家级?)?(?:经济技术开发区|经济开发区|经开区|高新技术产业开发区|高新技术开发区|高新区"
    "|(?:滇池)?(?:国家级?)?旅游度假区|滇池度假区|度假区|空港经济区|空港区|阳宗海风景名胜区|阳宗海度假区)"
)
# 昆明市场 and 云南省委 begin a name.
_OWN = "(?!场|委|政府|级|属)"
_REGION = re.compile(
    f"中国|云南省{_OWN}|云南(?=昆明|{_DISTRICT})|(?P<kunming>昆明市{_OWN}|昆明(?={_DISTRICT}|{_ZONE}))"
    f"|(?P<district>{_DISTRICT})|{_ZONE}"
)

_PROVINCES = (
    "四川|贵州|广东|海南|湖南|湖北|江西|江苏|浙江|福建|安徽|山东|山西|河南|河北|陕西|甘肃|青海|辽宁|吉林|黑龙江|台湾"
)
_CITIES = (
    "曲靖|玉溪|保山|昭通|丽江|普洱|思茅|临沧|楚雄|文山|大理|个旧|开远|蒙自|弥勒|景洪|芒|瑞丽|腾冲|宣威|水富|泸水|香格里拉|澄江|禄丰"
    "|北京|上海|天津|重庆"
)
_PREFECTURES = "楚雄|红河|文山|西双版纳|大理|德宏|怒江|迪庆"
_ELSEWHERE = re.compile(
    f"(?:(?:{_PROVINCES})省|(?:广西壮族|内蒙古|西藏|新疆维吾尔|宁夏回族)自治区|(?:{_CITIES})市"
    f"|(?:{_PREFECTURES})(?:[{_HAN}]{{1,7}}?自治)?州|(?:兴安|锡林郭勒|阿拉善)盟"
    "|(?:麒麟|沾益|马龙|红塔|江川|隆阳|昭阳|临翔)区"
    # Any other city shows itself by the district after it: 新都市北区 and 都市小区 are estates.
    f"|(?!昆明)[{_HAN}]{{2,4}}市(?=[{_HAN}]{{1,4}}?(?<![小社园宅片新业东西南北中])[区县])"
    f"|[{_HAN}]{{2,10}}?县(?![{_HAN}]{{0,3}}(?:县|小区|宿舍|花园))"
    ")(?![场路街驻城医委政])"
)
_SUBDISTRICT = re.compile(f"[{_HAN}]{{2,5}}?(?:街道办事处|街道办|街道|(?<!驻昆)(?<!驻昆明)办事处)")
_TOWN = re.compile(f"[{_HAN}]{{2,3}}?(?<![小古水])[镇乡](?=[{_HAN}])")
_COMMUNITY = re.compile(f"[{_HAN}]{{2,6}}?(?:(?:社区)?居民?委员?会|村民?委员?会|社区(?=[{_HAN}]{{2}}))")


@attrs.frozen(repr=False)
class Region:
    """`city` is one other than Kunming; `end` is where the road or the estate begins."""

    city: str | None
    district: str | None
    end: int


def read_region(text: str) -> Region:
    city = district = None
    position = 0
    in_kunming = False
    while True:
        if found := _REGION.match(text, position):
            district = district or _DISTRICTS.get(found["district"] or "")
            in_kunming = in_kunming or bool(found["kunming"] or district)
        elif not in_kunming and (found := _ELSEWHERE.match(text, position)):
            city = city or found.group()
        else:
            break
        position = found.end()
    for smaller in (_SUBDISTRICT, _TOWN, _COMMUNITY):
        # Without a district in front, 镇 and 乡 are as often a fancy estate's name.
        if (smaller is not _TOWN or district) and (found := smaller.match(text, position)):
            position = found.end()
    return Region(city, district, position)
