"""The life of a referral as a pure state machine."""
