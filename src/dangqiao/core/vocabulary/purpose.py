"""What a record is used for (利用目的). Coded, because the yearbook counts it and it cannot be rebuilt later."""

from enum import StrEnum


class Purpose(StrEnum):
    """Coded purposes of use. The first block is what applicants state; the second is the archive's own work."""

    HOUSING = "housing"
    """购房、房产过户"""
    PENSION = "pension"
    """养老、工龄认定"""
    HOUSEHOLD = "household"
    """户籍、落户"""
    SCHOOLING = "schooling"
    """入学、升学"""
    INHERITANCE = "inheritance"
    """继承、公证"""
    MARRIAGE = "marriage"
    """婚姻登记、补领"""
    ALLOWANCE = "allowance"
    """奖励扶助、补贴"""
    LITIGATION = "litigation"
    """诉讼、仲裁"""
    OFFICIAL = "official"
    """公务"""
    OTHER = "other"
    """其他 (to be described)"""

    BATCH_LOOKUP = "batch_lookup"
    """批量查档"""
    HANDLING = "handling"
    """办理承办件"""
    CATALOGUING = "cataloguing"
    """著录、导入、更正"""
    VERIFICATION = "verification"
    """核验"""
    OPERATION = "operation"
    """运行维护"""


PURPOSES_OF_APPLICANTS = (
    Purpose.HOUSING,
    Purpose.PENSION,
    Purpose.HOUSEHOLD,
    Purpose.SCHOOLING,
    Purpose.INHERITANCE,
    Purpose.MARRIAGE,
    Purpose.ALLOWANCE,
    Purpose.LITIGATION,
    Purpose.OFFICIAL,
    Purpose.OTHER,
)
