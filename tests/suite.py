"""The algorithm suite of the federations that tests found: `DANGQIAO_TEST_SUITE=gm pytest …` runs them in the other."""

import os

from dangqiao.core.vocabulary.suites import SUITES

SUITE = SUITES[os.environ.get("DANGQIAO_TEST_SUITE", "intl")]
