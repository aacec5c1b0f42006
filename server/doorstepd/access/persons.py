"""People in a carrier's sentence: who signed, who receives, who sent; their doors, and the numbers of their papers.

A carrier writes a name behind the word for a role. Behind a colon or a space whatever reads like a name is taken for
one, unless it is a word for somebody whom nobody could name by it (本人, 门卫, front desk); run into the sentence, only
what begins with a surname is. Where both readings are possible the name is masked: a word too many hidden hurts less.
"""

import re
from collections.abc import Callable
from typing import Final

from doorstepd.access.addresses import HIDDEN, mask_address
from doorstepd.access.surnames import COMPOUND_SURNAMES, SURNAMES

_HAN: Final = "\u3400-\u9fff"
_ROLE: Final = (
    "签收人|签收员|代签人|代签收人|代收人|收件人|收货人|收件方|寄件人|发件人|发货人|取件人|提货人|联系人|客户姓名|姓名|"
    "簽收人|收件者|收貨人|寄件者"
)
_SET_APART: Final = rf"(?:{_ROLE}|签收|簽收|代收|代签)(?:\s*(?:是|为|為|[:：])\s*|\s+)[\[【(（「]?"
_NOBODY: Final = re.compile(
    "(?:他人|别人)?(?:[本夲]人|家人|家属|亲属|亲友|妻子|丈夫|老公|老婆|爸|妈|父|母|儿子|女儿|奶奶|爷爷|室友|房东|朋友|同事|同学|同住|"
    "邻居|隔壁|楼[上下]|门卫|保安|前台|物业|收发室|传达室|值班室|保姆|秘书|文员|管家|门房|老板|阿姨|大[爷妈叔]|"
    "收件章|公司章|公章|单位|公司|快递|驿站|菜鸟|丰巢|超市|便利|门店|店|柜|代收|自提|他人|其他|客户|用户|买家|卖家|商家|先生|女士|小姐|"
    "已|未|不|无|拒|要求|通知|联系|地址|电话|手机|号码|姓名|信息|身份|原因|时间|日期|图片|照片|拍照|成功|失败|完成|正在|您|你|请|如|感谢|"
    "凭|同意|申请|预约|改|放假|外出|暂|的|和|与|或|并|在|将|会|可|需|自取|自行|到店|到件|派|取件|签收|点击|查看|提前|安排|方便|查收|"
    "派件|包裹|快件|邮件|物流|运单|单号|订单|收货|发货|仓|海关|清关)"
)
_ENDS: Final = rf"(?=[^{_HAN}A-Za-z0-9*·•]|$|先生|女士|小姐|同学|老师|代签|代收|签收)"
_GOES_ON: Final = rf"(?=[^{_HAN}*]|$|[要已不拒的在电签代因未申联改本同预约来更提自无为正说称表身地手微号])"
_SURNAMED: Final = rf"(?:(?:{'|'.join(sorted(COMPOUND_SURNAMES))})[{_HAN}]{{1,2}}?|[{SURNAMES}][{_HAN}]{{1,2}}?)"
_THREE: Final = rf"[{SURNAMES}][{_HAN}]{{2}}(?!\*)"
_LONG: Final = rf"[{_HAN}]{{1,10}}(?:[·•][{_HAN}]{{1,10}}){{1,3}}"
_LATIN: Final = r"[A-Za-z][A-Za-z.'-]+(?: [A-Za-z][A-Za-z.'-]*){0,3}"
_TAKEN: Final = r"(?=\s*(?:先生|女士|小姐)?\s*(?:代为?)?(?:签收|代收|取走|领取|收取))"
_CHINESE: Final = (
    re.compile(rf"(?P<before>{_SET_APART})(?P<name>{_LONG}|[{_HAN}]{{2,4}}?){_ENDS}"),
    re.compile(rf"(?P<before>{_SET_APART})(?P<name>{_LATIN})(?![\w*])"),
    re.compile(rf"(?P<before>{_ROLE})(?P<name>(?:{_LONG}|{_SURNAMED}){_GOES_ON}|{_THREE})"),
    re.compile(rf"(?P<before>[由被]\s*)(?P<name>{_LONG}|{_SURNAMED}){_TAKEN}"),
)

_HANDED: Final = (
    r"(?:(?:signed|received|accepted|collected|picked up)(?: for)?(?: at [a-z ]{1,20})? by|left with|c/o|care of|attn|"
    r"(?:left with|with) (?:a |the )?neighbou?r|neighbou?r)"
)
_PARTY: Final = r"(?:signature|signee|signatory|recipient|consignee|addressee|receiver|shipper|sender|attention)"
_LATIN_NAME: Final = r"[^\W\d_a-z][\w'’-]*(?:\.? ?[^\W\d_a-z][\w'’-]*){0,3}\.?(?![\w*])"
_ENGLISH: Final = re.compile(
    rf"(?P<before>\b(?i:{_HANDED}(?:\s*(?:is|was)?\s*[:：=,-]\s*|\s+)|{_PARTY}(?: name)?\s*(?:is)?\s*[:：=]\s*))"
    rf"(?P<name>{_LATIN_NAME})"
)
_NOBODY_ENGLISH: Final = re.compile(
    r"(?:front|reception|receptionist|resident|recipient|neighbou?r|mail|customer|customs|consignee|addressee|"
    r"(?:the|an?)(?= )|courier|driver|carrier|agent|security|guard|concierge|porter|office|family|household|member|"
    r"company|clerk|staff|manager|third|local|delivery|fedex|dhl|ups|usps|tnt|yourself|you|your|somebody|someone|not|"
    r"no|on|at|is|was|has|refused|requested|unavailable|unknown|other|adult|individual|parcel|locker|and|post|shop|"
    r"store|service|point|warehouse|airline|broker|facility|destination|origin|sender|shipper|signature|released?|"
    r"required|proof)(?!\w)",
    re.I,
)

_PAPERS: Final = re.compile(
    r"(?P<before>(?:身份证|证件|护照|通行证|居留证|税号|passport|id card|id number|identity card)"
    r"(?:号码?|no\.?|number)?\s*(?:是|为|is|[:：])?\s*)(?P<name>[A-Za-z]{0,2}\d[\dA-Za-z*-]{5,20})",
    re.I,
)
_CITIZEN: Final = re.compile(
    r"(?<![\dA-Za-z])[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])"
)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_HANDLES: Final = re.compile(
    r"(?P<before>(?:微信号?|wechat(?: id)?|weixin|vx|qq号?|line id|telegram|whatsapp)\s*(?:是|为|is|[:：])\s*)"
    r"(?P<name>@?[A-Za-z0-9_.-]{4,30})",
    re.I,
)

# A bare 地址 is as often that of the shop where the parcel waits, which its owner has to read.
_WRITTEN_ADDRESS: Final = re.compile(
    r"(?P<before>(?:(?:收货|收件人?|派送|配送|寄件|新)(?:的)?地址\s*(?:是|为|改为|更正为|变更为|[:：])|地址(?:改|更正|变更)为"
    r"|(?:delivery|recipient|new) address\s*(?:is|:))\s*)(?P<name>[^,，。;；)）】\]]{4,80})",
    re.I,
)
# 88号3栋501室: a home, and not the locker or shop that a parcel waits at, when it goes down to the room.
_ROOM: Final = re.compile(
    r"(?:\d{1,5}(?:号|弄|號))?(?:[\dA-Za-z]{1,5}(?:号楼|號樓|栋|棟|幢|座|楼))?(?:[\d一二三四五六七八九十]{1,3}单元)?"
    r"(?:\d{1,3}(?:层|楼))?\d{2,5}(?:室|户|戶|房(?!间号)|號房|号房)"
)
_STREET: Final = r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Place|Pl|Terrace|Close)"
_HOUSE: Final = re.compile(
    r"(?P<before>\b(?i:delivered to|left at|delivery to|address(?: is)?:?)\s+)\d{1,5}[A-Za-z]?"
    rf"(?=(?: [A-Z][\w'-]*){{1,4}} {_STREET}\b)"
)
_FLAT: Final = re.compile(r"\b(?:Apt|Apartment|Unit|Suite|Flat|Room)\.? ?#?\d+[A-Za-z]?\b|(?<= )#\d{1,5}[A-Za-z]?\b")


def mask_persons(text: str, mask_name: Callable[[str], str]) -> str:
    """The sentence without names behind roles, home addresses, and numbers of papers and accounts."""
    for pattern in _CHINESE:
        text = pattern.sub(lambda found: found["before"] + _named(found["name"], _NOBODY, mask_name), text)
    text = _ENGLISH.sub(lambda found: found["before"] + _named(found["name"], _NOBODY_ENGLISH, mask_name), text)
    for pattern in (_PAPERS, _HANDLES):
        text = pattern.sub(lambda found: found["before"] + HIDDEN, text)
    text = _CITIZEN.sub(lambda found: HIDDEN if _is_citizen(found[0]) else found[0], text)
    return _mask_homes(text)


def _mask_homes(text: str) -> str:
    text = _WRITTEN_ADDRESS.sub(lambda found: found["before"] + mask_address(found["name"]), text)
    text = _ROOM.sub(HIDDEN, text)
    text = _HOUSE.sub(lambda found: found["before"] + HIDDEN, text)
    return _FLAT.sub(HIDDEN, text)


def _named(name: str, nobody: re.Pattern[str], mask_name: Callable[[str], str]) -> str:
    return name if nobody.match(name) else mask_name(name)


def _is_citizen(number: str) -> bool:
    """Whether the last digit of a mainland identity number is right (GB 11643): a tracking number's hardly ever is."""
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17].upper()
