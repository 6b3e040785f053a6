"""Connectors to platforms that exist already: one file a kind. Which there are, the node's folder `connectors/` says.

sql.py    a view on the platform's database (SQLAlchemy: PostgreSQL, MariaDB, SQLite and what else has a dialect)
rest.py   JSON over HTTP           soap.py  a web service with a WSDL
files.py  files dropped in a folder or by SFTP, with receipts          oai.py  OAI-PMH 2.0
"""

from dangqiao.adapters.connectors.folder import Connectors

__all__ = ["Connectors"]
