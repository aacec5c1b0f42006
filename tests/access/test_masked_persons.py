"""Names behind roles, homes and papers are masked in carriers' sentences; what a customer has to read stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.access.sentences import mask_text
from doorstepd.access.surnames import SURNAMES

SURNAME = st.sampled_from("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗")
GIVEN = st.text("伟芳娜秀英敏静丽强磊军洋勇艳杰涛明超兰霞平刚桂", min_size=1, max_size=2)
BEFORE = st.sampled_from(
    [
        "签收人：{}",
        "签收人: {} 先生",
        "收件人{}要求改派",
        "快件由{}代签收",
        "已签收，签收人是{}，感谢使用",
        "寄件人 {} 已通知",
    ]
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("【杭州市】已签收，签收人：王小明，如有疑问请电联", "【杭州市】已签收，签收人：王*，如有疑问请电联"),
        ("收件人王小明要求改派", "收件人王*要求改派"),
        ("收件人王小明近期外出", "收件人王*近期外出"),
        ("收件人：欧阳娜娜 地址：上海市浦东新区张江路88号3栋501室", "收件人：欧阳* 地址：上海市浦东新区张江路***"),
        ("收货地址：杭州市滨江区长河路351号，请核实", "收货地址：杭州市滨江区长河路***，请核实"),
        ("您的快件已送达 张江路88号3栋501室", "您的快件已送达 张江路***"),
        ("您的快递已由本人签收 王小明", "您的快递已由本人签收 王*"),
        ("已签收，签收人：买买提·艾力", "已签收，签收人：买*"),
        ("妥投，签收人 JOHN", "妥投，签收人 J*"),
        ("收件人身份证号 310101199001011234 已上传", "收件人身份证号 *** 已上传"),
        ("实名信息 11010519491231002X 未通过", "实名信息 *** 未通过"),
        ("加微信：wxm_1990 改派", "加微信：*** 改派"),
        ("Delivered, signed by: JOHN SMITH", "Delivered, signed by: J*"),
        ("Signed for by A.MILLER", "Signed for by A*"),
        ("Delivered and signed for by O'NEILL", "Delivered and signed for by O*"),
        ("Recipient: Mary-Ann Jones", "Recipient: M*"),
        ("Left with neighbour Mary Jones", "Left with neighbour M*"),
        ("Delivered to 12 Oak Street Apt 5", "Delivered to *** Oak Street ***"),
    ],
)
def test_who_it_is_about_is_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked
    assert mask_text(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "签收人：本人",
        "已签收,签收人是【前台】",
        "您的快件已由【菜鸟驿站】代收，请及时取件",
        "签收人：楼下超市",
        "收件人不在，电话无人接听",
        "收件人要求改派到公司",
        "收件人地址不详",
        "收件人拒收",
        "签收 成功",
        "已妥投【收发室】，他人代收",
        "请凭 12-3-4567 到世纪城龙泽苑3栋丰巢柜取件",
        "请到网点自提，地址：解放路88号",
        "运单 310101199001011235 已揽收",
        "Signed by front desk",
        "Delivered, left with individual",
        "Notice Left (No Authorized Recipient Available)",
        "Return to Sender Processed",
        "Collect at 12 Oak Street Post Office",
        "Received by the carrier",
        "Your parcel was signed for by a neighbour",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert mask_text(text) == text


@given(SURNAME, GIVEN, BEFORE)
def test_no_given_name_survives_behind_a_role(surname: str, given_name: str, sentence: str) -> None:
    masked = mask_text(sentence.format(surname + given_name))
    assert surname + given_name not in masked
    assert f"{surname}*" in masked


@given(st.text("签收人收件由代的:： 王小明John Smith·*【】,，室栋号0123", max_size=40))
def test_masking_what_is_masked_changes_nothing(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


def test_surnames_are_one_character_each() -> None:
    assert len(set(SURNAMES)) == len(SURNAMES)
