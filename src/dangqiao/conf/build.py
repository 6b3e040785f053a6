"""Settings from a node's configuration: one pure function, so that a test can build settings for any node."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dangqiao.conf import tables
from dangqiao.conf.accounts import ACCOUNTS
from dangqiao.core.configuration import Configuration

PACKAGE = Path(__file__).resolve().parent.parent

APPS = (
    "work",
    "ledger",
    "audit",
    "identity",
    "directory",
    "holdings",
    "connectors",
    "exchange",
    "deliverables",
    "lookups",
)


def database(url: str, folder: Path) -> dict[str, Any]:
    """Django's DATABASES entry for a `sqlite:///` or `postgresql://` address."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(folder / parts.path.lstrip("/")),
            "CONN_MAX_AGE": 60,  # opening costs more than most questions: pragmas, the schema, an empty cache
            "OPTIONS": {
                # A receipt promises that a message is stored, so commits are synced. IMMEDIATE takes the single write
                # lock at once: upgrading a read lock later fails with "database is locked" under load.
                # Pages of 8 kB, in a database that is made: half as many to write for entries of half a kilobyte.
                "init_command": "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                " PRAGMA cache_size=-65536",
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
            },
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # Django prepares nothing; this is for the few statements that ask for it (apps.holdings.index_rows).
        "OPTIONS": {"prepare_threshold": 5} | dict(parse_qsl(parts.query)),
    }


def settings(configuration: Configuration, folder: Path, secret_key: str, database_url: str = "") -> dict[str, Any]:
    """All Django settings of the node in `folder`.

    Args:
        configuration: the node's dangqiao.toml.
        folder: the node's folder; everything it writes is below it.
        secret_key: Django's key, from the node's secrets.
        database_url: goes before the configuration's.
    """
    adapters = configuration.adapters
    secrets = folder / "secrets"
    address = urlsplit(configuration.public_url)
    secure = address.scheme == "https"
    return {
        # The node
        "PLATFORM_CODE": configuration.node.platform,
        "NODE_FOLDER": folder,
        "CONFIGURATION": configuration,
        "NODE_IS_TEST": configuration.node.test,
        "PUBLIC_URL": configuration.public_url,
        "SUITE": configuration.federation.suite,
        "CATEGORIES_SERVED": configuration.categories.served,
        "MATCHING_PARAMETERS": folder / own if (own := configuration.matching.parameters) else None,
        "DIRECTORY_MIRRORS": configuration.federation.mirrors,
        "ADAPTERS": {name: path for name, path in adapters.model_dump().items() if path},
        "OBJECTS_FOLDER": folder / "objects",
        "TRUST_FOLDER": folder / "trust",
        "SECRETS_FOLDER": secrets,
        **{name: value for name, value in vars(tables).items() if name.isupper()},
        # Django
        "DEBUG": False,
        "SECRET_KEY": secret_key,
        "ALLOWED_HOSTS": [
            *configuration.web.allowed_hosts,
            *(name for name in (configuration.web.host, address.hostname) if name),
            "localhost",
            "127.0.0.1",
            "[::1]",
        ],
        # A TLS server in front may not say that the page was opened by https.
        "CSRF_TRUSTED_ORIGINS": [f"{address.scheme}://{address.netloc}"],
        "DATABASES": {"default": database(database_url or configuration.database.url, folder)},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "INSTALLED_APPS": [
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "allauth",
            "allauth.account",
            *(f"dangqiao.apps.{app}" for app in APPS),
            "dangqiao.web",
        ],
        "MIDDLEWARE": [
            "dangqiao.web.exchange.MessagesFirst",
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "allauth.account.middleware.AccountMiddleware",
            "dangqiao.web.middleware.ErrorsAsPages",
        ],
        "ROOT_URLCONF": "dangqiao.web.urls",
        "WSGI_APPLICATION": "dangqiao.conf.wsgi.application",
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [PACKAGE / "web" / "templates"],
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "dangqiao.web.context.node",
                    ]
                },
            }
        ],
        "STATIC_URL": "/static/",
        "STATIC_ROOT": folder / "static",
        "LOCALE_PATHS": [PACKAGE / "locale"],
        "LANGUAGE_CODE": "zh-hans",
        "LANGUAGES": [("zh-hans", "简体中文"), ("en", "English")],
        "USE_TZ": True,
        "TIME_ZONE": "Asia/Shanghai",
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}},
        "SESSION_COOKIE_SECURE": secure,
        "CSRF_COOKIE_SECURE": secure,
        "SESSION_COOKIE_AGE": 30 * 60,
        "SESSION_SAVE_EVERY_REQUEST": True,
        "SESSION_COOKIE_NAME": f"dangqiao_{configuration.node.platform}",
        "CSRF_COOKIE_NAME": f"dangqiao_csrf_{configuration.node.platform}",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 12 * 1024 * 1024,
        "FILE_UPLOAD_MAX_MEMORY_SIZE": 2 * 1024 * 1024,
        "LOGGING": LOGGING,
        **ACCOUNTS,
    }


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        "pyhanko": {"level": "WARNING"},
        "tuf": {"level": "WARNING"},
    },
}
