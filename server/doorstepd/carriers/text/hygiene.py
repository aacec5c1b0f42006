"""Text hygiene: what a trace sentence looks like before anything is read from it."""

import html
import re

# A real tag starts with a Latin letter; <浦东> is a place name and stays.
_BLOCK_TAG = re.compile(r"<(?:/?(?:br|p|div|li|tr|td|ul|ol|hr|h\d)\b[^<>]*|![^<>]*)>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff\ufffd\x00-\x08\x0e-\x1f\x7f-\x9f]")

_TRADITIONAL = (
    "簽签運运達达關关遞递員员電电話话聯联繫系係系絡络攬揽發发離离開开處处轉转裝装車车飛飞機机無无絕绝錯错誤误詳详號号碼码櫃柜"
    "驛驿點点門门鄰邻鋪铺領领請请準准備备將将預预計计時时間间單单訂订貨货狀状態态異异損损壞坏遺遗丟丢銷销毀毁廢废攔拦滯滞遲迟"
    "氣气風风颱台災灾稅税繳缴納纳費费補补資资證证驗验檢检報报審审務务業业區区範范圍围節节遷迁復复為为與与於于從从該该屬属個个"
    "換换變变國国際际鐵铁陸陆當当郵邮實实確确認认訊讯內内進进還还過过對对護护專专線线趙赵陳陈劉刘張张楊杨黃黄吳吴孫孙馬马羅罗"
    "長长東东廣广倉仓庫库廠厂場场島岛灣湾縣县鄉乡鎮镇莊庄餘余辦办總总經经給给讓让後后臨临樓楼層层園园聲声稱称類类協协議议諮咨"
    "詢询謝谢級级條条許许鍾钟鄭郑馮冯蔣蒋韓韩呂吕嚴严葉叶蘇苏盧卢賴赖龍龙萬万蕭萧譚谭賈贾鄒邹錢钱閻阎紀纪週周統统約约寫写貼贴"
    "雲云陽阳陰阴歸归虛虚導导壓压濕湿漏漏滿满優优貴贵買买賣卖應应暫暂顧顾擇择繼继續续強强響响愛爱會会來来們们這这裡里說说"
)
_PUNCTUATION = (
    "，,：:；;！!？?（(）)【[】]「[」]『[』]〔[〕]［[］]〖[〗]｛[｝]＜<＞>《[》]〈[〉]"
    "＊*－-—-–-　 ／/＃#＋+．.“\"”\"‘'’'﹣-～~｜|"
)


def _folding() -> dict[int, str]:
    table = {ord(old): new for old, new in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)}
    table |= {ord(old): new for old, new in zip(_PUNCTUATION[::2], _PUNCTUATION[1::2], strict=True)}
    table |= {0xFF10 + n: chr(ord("0") + n) for n in range(10)}
    for n in range(26):
        table |= {0xFF21 + n: chr(ord("a") + n), 0xFF41 + n: chr(ord("a") + n), ord("A") + n: chr(ord("a") + n)}
    table |= {code: chr(code + 32) for code in range(0xC0, 0xDF) if code != 0xD7}
    return table


_FOLDING = _folding()


def clean(text: str) -> str:
    """The sentence as a person should see it: tags dropped, then entities unescaped, then spaces folded.

    In that order, so that `&lt;浦东&gt;` stays visible as <浦东>.
    """
    if "<" in text:
        text = _TAG.sub("", _BLOCK_TAG.sub(" ", text))
    if "&" in text:
        text = html.unescape(text)
    if not text.isprintable():
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())


def fold(text: str) -> str:
    """A cleaned sentence for matching: simplified characters, ASCII punctuation, lower case; positions do not move."""
    return text.translate(_FOLDING)
