"""A certificate of an invented archive about invented people."""

from dataclasses import replace
from datetime import date
from typing import Any

from dangqiao.core.sealing.content import DeliverableKind, Fact, FrozenContent

CERTIFICATE = FrozenContent(
    kind=DeliverableKind.CERTIFICATE,
    category="marriage",
    category_name="婚姻登记",
    archive="310101",
    archive_name="测试市样例区档案馆",
    platform="310000",
    serial="样档证〔2026〕第 00012 号",
    code="7KQ2M9PXW4HT3RNB",
    verification_url="https://verify.example.cn/v/7KQ2M9PXW4HT3RNB",
    issued_on=date(2026, 3, 5),
    applicant="王样例",
    purpose="购房",
    reference_codes=("0086-1987-0123",),
    opening=("经查、测试市样例区档案馆所藏婚姻登记档案〔档号 0086-1987-0123〕记载如下。",),
    facts=(
        Fact("登记日期", "1987年5月"),
        Fact("男方姓名", "赵䶮"),
        Fact("男方身份证件号", ""),
        Fact("女方姓名", "古丽·买买提"),
    ),
    statements=("本件只反映档案记载情况、不对所涉法律关系作出认定。",),
    test=True,
)
NOTICE_SENTENCES = (
    "在馆藏目录中未查到相符的记载。",
    "本告知书仅说明在上述范围内未查到、不证明相关事实不存在。",
    "不得作单身证明使用。",
)


def certificate(**changes: Any) -> FrozenContent:
    return replace(CERTIFICATE, **changes)


def notice(**changes: Any) -> FrozenContent:
    kept = {"kind": DeliverableKind.NOT_FOUND_NOTICE, "opening": NOTICE_SENTENCES, "reference_codes": ()}
    return replace(CERTIFICATE, **{**kept, **changes})
