"""What a provider means by an error message, where its codes do not say."""

import re

from doorstepd.carriers.carrier import ErrorKind

# In this order: the more particular reason first.
_MEANINGS: tuple[tuple[ErrorKind, str], ...] = (
    (ErrorKind.PHONE_REQUIRED, r"手机|电话|后四位|尾号|CustomerName|phone"),
    (ErrorKind.QUOTA_EXHAUSTED, r"套餐|余额|次数|配额|用完|用尽|欠费|单量|quota|balance|exceeded.*plan"),
    (ErrorKind.RATE_LIMITED, r"频繁|频率|限流|过于|并发|rate|too many|throttl"),
    (
        ErrorKind.AUTH_FAILED,
        r"签名|验签|加密|密钥|授权|权限|未认证|身份|token|key|DataSign|白名单|商户|用户(?:不存在|无效|错误)"
        r"|sign(?:ature)?\b|unauthori[sz]ed|forbidden|permission",
    ),
    (ErrorKind.NOT_FOUND, r"查无|无结果|暂无|不存在|未找到|没有(?:查|找)到|not found|no result|no track"),
    (ErrorKind.UNAVAILABLE, r"系统|服务|繁忙|超时|异常|维护|busy|timeout|timed out|unavailable|internal"),
    (
        ErrorKind.BAD_REQUEST,
        r"参数|格式|不能为空|缺少|单号|非法|不支持|无法识别|识别不到|invalid|missing|required|format",
    ),
)
_NO_SUCH_PARCEL = re.compile(r"不存在|查无此|no such|not exist|not found", re.I)
_COMPILED = tuple((kind, re.compile(pattern, re.I)) for kind, pattern in _MEANINGS)


def kind_of(message: str, otherwise: ErrorKind = ErrorKind.UNAVAILABLE) -> ErrorKind:
    """The kind of error that a message speaks of, `otherwise` when it is silent."""
    return next((kind for kind, pattern in _COMPILED if pattern.search(message)), otherwise)


def knows_no_such(message: str) -> bool:
    """Whether the provider says that there is no such parcel, rather than that there is no news of it."""
    return _NO_SUCH_PARCEL.search(message) is not None
