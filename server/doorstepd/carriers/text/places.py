"""Places that a sentence names, exactly as they stand in it."""
# ruff: noqa: E501 (patterns and lists are data; breaking them would only hide them)

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from doorstepd.carriers.text.names import PLACES

_BRACKET = re.compile(r"[\[<](?:(?<=\[)([^\[\]]{1,50})\]|([^<>\[\]]{2,50})>)")
_ROUND = re.compile(r"(?:离开|到达|抵达|发往|下一站|送往|运往|^)\s*\(([^()\[\]]{2,40})\)")
_NOT_A_PLACE = re.compile(
    r"^[\d\W_]*$|\d{5}|电话|手机|号码|专属|热线|本人|取[件货]码|验证码|短信|要求|拒收|改期|无法|联系|不在|无人|没人|地址不|地址有|地址错|超出|超区|[,;!。]|^(?:待|已|正在|未)(?!.*(?:部|公司|中心|镇|市|县|区|网点|站|点|店|柜)$)|"
    r"^(?:家|楼)?(?:门口|门前|楼道).{0,3}$|^(?:家人|家属|同事|邻居|朋友|亲友|前台|门卫|保安|物业|收发室|家门口|门口|门卫室|传达室|他人|代收|代签|寄件人|收件人|发件人|寄方|收方|商家|卖家|客户|其他|其它|管家|值班室|室友|同学|"
    r"签收|派送|派件|揽收|到件|发件|图片|单位|公司前台|单位代收|签收章|收发章|公章|信箱|指定位置|指定地点|快件|包裹|邮件|温馨提示|重要提醒|提醒|通知|未签收|破损|放假|休息|关机|停机|空号|转寄|退回|退件|问题件|"
    r"快递柜|智能柜|自提柜|驿站|自提点|代收点|消防栓|鞋柜|奶箱|信报箱|代收点签收|物业代收|前台代收|家人代收|同事代收|邻居代收|父母|家里人|保姆|门房|收件室|楼道)$|"
    r"^(?:顺丰(?:速运|快递)?|中通(?:快递)?|圆通(?:速递|快递)?|申通(?:快递)?|韵达(?:快递|速递)?|极兔(?:速递|快递)?|京东(?:快递|物流)?|中国邮政|邮政|ems|邮政快递|百世快递|德邦快递|菜鸟裹裹|菜鸟)$"
)
_PERSON_BEFORE = re.compile(
    r"(?:人|(?:派|配|送|递|务|收|揽|件|投|描)员|小哥|骑手|师傅|因|由于|原因|方式|联系|类型|备注|理由)\s*(?:是|为)?\s*[:,]?\s*$"
)
_SIGNING_AFTER = re.compile(r"\s*(?:已)?(?:签收|代收|代签|亲签|签字)")
_POINT = re.compile("柜|驿站|超市|便利|代收点|店|巢|站|兔喜|自提")

_FACILITY = (
    "转运中心|分拨中心|分拣中心|集散中心|集散点|中转中心|操作中心|处理中心|配送中心|集运中心|物流中心|航空部|中转部|中转站|转运站|中转场|分拨点|公司|营业部|营业点|营业所|网点|分部|"
    "服务部|服务点|口岸|机场|枢纽|互换局|交换站|邮局|支局|揽投部|投递部|仓库|仓|港|市|省|自治区|新区|开发区|区|县|镇|州|国|中心|驿站|生活店|门店|分店|超市|快递柜|智能柜|自提柜|代收点|站"
)
_GENERIC = re.compile(
    "目的地?|国际|国内|国家|当地|本地|始发|末端|派件|派送|收件|放入|存入|寄件|收货|发货|转运|中转|分拣|分拨|集散|操作|处理|配送|物流|中心|网点|营业|部|点|站|机场|口岸|港口|海关|仓库|仓|邮局|"
    "邮政|快递|快件|4px|顺丰|中通|圆通|申通|韵达|京东|极兔|菜鸟|驿站|柜|自提|代收|服务|公司|下一|上一|城市|市|区|省|国|港|所|局|支|分|该|本|您|的|附近|合作|指定|正确|其他|枢纽|智能|丰巢|"
    "附近|楼下|边境|客户|人从|村邮|运输|途中|派|境外|货|运|输|寄达|出口|进口|始|互换|交换|到达|发|离开|已|正在|快|投|件|送|商家|卖家|买家|家|揽收|收|揽|投|转回|转往|往|退回|退|返回|监管|保税|海外|便民|菜"
)
_TOWARDS = "发往|下一(?:站|部门|网点|站点)(?:是|为)?|送往|运往|开往|前往|转往|飞往|寄往|发向|驶往|目的地[:为是]|改发至|转发至|转发到|改派至|改寄至|转寄至|转至|发至|运至|退回至?|返回"
_FROM = "被|离开|到达|抵达|已到(?!达)|到(?!达)|至|从|由|在|进入|途经|经过|于"
_BARE = re.compile(
    rf"(?:{_TOWARDS}|{_FROM})\s*[-:]?\s*(?P<name>[\u3400-\u9fffa-z0-9()·-]{{2,30}}?)"
    rf"(?=[,。;!\s\[-]|$|已|{_TOWARDS}|离开|发出|进行|完成|出发|起飞|代收(?!点|站)|正在|领取|取件|取出|取走|揽收|装车|分拣(?!中心|部|点|场)|安排|准备|发车|等待|待派|派送(?!点|部|站|中心)|派件(?!点|部|站)|卸车|打包|清关(?!中心|点)|放行|降落|自提|自取)"
)
_LEADING = re.compile(
    rf"(?:您好[,!]\s*)?(?!在|从|由|快件|包裹|邮件|货物|您|已|到|离|正|退|因)(?P<name>[\u3400-\u9fff0-9()]{{2,28}}?(?:{_FACILITY}))(?=-|已|进行|派|正在|揽收|安排|发往|发出|到件|收入|\s(?!的)|的)"
)
_LISTED = re.compile(r"[,;:\s(-]([\u3400-\u9fff]{2,10})(?=$|[,。;)(\s-])")
_LISTED_FIRST = re.compile(r"([\u3400-\u9fff]{2,10})(?=[,;\s])")
_LATIN = re.compile(
    r"([A-Z](?<!签收人.)(?<!签收人[ :].)(?<![A-Za-z\d].)[A-Z.'-]{2,}(?: [A-Z][A-Z.'-]+){0,3})(?![a-z\d:])"
)
_BRAND_WORDS = "4PX DHL EMS UPS USPS SMS PIN FEDEX SF YTO ZTO STO JD CN APP ID VAT PDA OK HTML TNT DPD GLS IC AI"
_BRANDS = frozenset(_BRAND_WORDS.split())
_SUFFIXED = re.compile(rf"(?:{_FACILITY}|[^()]\([^()]*店\))$")


class Place(NamedTuple):
    """Where a name stands in the sentence."""

    start: int
    end: int
    onward: bool


def find_places(text: str, folded: str) -> tuple[tuple[str, ...], str | None]:
    """The places of a Chinese sentence in order, and the one it is sent on to.

    `folded` has the length of `text`, so that names are cut out of `text` as they stand.
    """
    spans = [m.span(m.lastindex or 0) for m in _BRACKET.finditer(folded) if _is_place(folded, m)]
    if "(" in folded:
        spans += [m.span(1) for m in _ROUND.finditer(folded) if _is_place(folded, m)]
    spans += _bare(folded, spans)
    spans += _latin(text, spans)
    spans.sort()
    names = tuple(text[start:end].strip() for start, end in spans)
    return names, _onward(text, folded, spans)


def _is_place(folded: str, found: "re.Match[str]") -> bool:
    name = found[found.lastindex or 0].strip()
    if _is_no_place(name):
        return False
    start = found.start()
    if start == 0:
        return True
    if _PERSON_BEFORE.search(folded, max(0, start - 10), start):
        return False
    signing = folded[max(0, start - 3) : start].rstrip()
    return not (
        signing.endswith(("由", "被", "的", "人"))
        and _SIGNING_AFTER.match(folded, found.end())
        and not _POINT.search(name)
    )


# Places come again and again; what a name is does not depend on where it stands.
@lru_cache(maxsize=8192)
def _is_no_place(name: str) -> bool:
    return _NOT_A_PLACE.search(name) is not None


def _bare(folded: str, taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for found in _leading_and_all(_LEADING, _BARE, folded):
        _keep(found.span(1), folded, taken, spans)
    if not (taken or spans):
        for found in _leading_and_all(_LISTED_FIRST, _LISTED, folded):
            _keep(found.span(1), folded, taken, spans, listed=True)
    return spans


def _leading_and_all(leading: "re.Pattern[str]", anywhere: "re.Pattern[str]", folded: str) -> "Iterator[re.Match[str]]":
    first = leading.match(folded)
    if first:
        yield first
    yield from anywhere.finditer(folded)


def _keep(
    span: tuple[int, int],
    folded: str,
    taken: list[tuple[int, int]],
    spans: list[tuple[int, int]],
    *,
    listed: bool = False,
) -> None:
    """Add a span that names a place and overlaps none so far."""
    if _free(*span, taken) and _free(*span, spans) and _is_name(folded[slice(*span)], listed=listed):
        spans.append(span)


def _free(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    for other, last in taken:  # noqa: SIM110 (a generator costs more than the whole loop)
        if end > other and start < last:
            return False
    return True


@lru_cache(maxsize=8192)
def _is_name(name: str, *, listed: bool) -> bool:
    """Whether an unbracketed run of characters is a proper name and not "the transfer centre"."""
    stem = name[:-1] if name[-1:] in "市省" else name
    if stem in PLACES:
        return True
    if listed:
        return len(name) >= 4 and name[:2] in PLACES and name[2:] in PLACES
    return _SUFFIXED.search(name) is not None and len(_GENERIC.sub("", name)) >= 2


def _latin(text: str, taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [
        found.span(1)
        for found in _LATIN.finditer(text)
        if _free(*found.span(1), taken) and not _BRANDS.intersection(found[1].split())
    ]


def _onward(text: str, folded: str, spans: list[tuple[int, int]]) -> str | None:
    last = 0
    for start, end in spans:
        if _HEADING.search(folded, max(last, start - 16), start):
            return text[start:end].strip()
        last = end
    return None


_HEADING = re.compile(rf"(?:{_TOWARDS})[\s:\[(<-]*$")
