"""How people log in: citizens by phone and code, staff by username and password. Settings of Django and allauth."""

from typing import Any

ACCOUNTS: dict[str, Any] = {
    "AUTH_USER_MODEL": "identity.User",
    "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
    "LOGIN_URL": "/accounts/login/",
    "LOGIN_REDIRECT_URL": "/accounts/welcome/",
    "LOGOUT_REDIRECT_URL": "/",
    "SESSION_ENGINE": "dangqiao.apps.identity.sessions",
    "ACCOUNT_ADAPTER": "dangqiao.apps.identity.accounts.AccountAdapter",
    "ACCOUNT_LOGIN_METHODS": {"phone", "username"},
    "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "ACCOUNT_LOGIN_BY_CODE_ENABLED": True,
    "ACCOUNT_LOGIN_BY_CODE_TIMEOUT": 5 * 60,
    "ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS": 5,
    "ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND": True,
    # Six digits, because they are typed from a small screen; 5 attempts in 5 minutes make guessing hopeless.
    "ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT": {"numeric": True, "dashed": False, "length": 6},
    "ACCOUNT_RATE_LIMITS": {
        "request_login_code": "60/m/ip,3/m/key,10/h/key",
        "login": "60/m/ip",
        "login_failed": "30/m/ip,5/5m/key",
    },
    "ACCOUNT_SESSION_REMEMBER": False,
    "ACCOUNT_USERNAME_MIN_LENGTH": 3,
    "AUTH_PASSWORD_VALIDATORS": [
        {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
        {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    ],
}
