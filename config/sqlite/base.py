"""SQLite since 3.32 takes 32,766 parameters; Django assumes 999 and splits every bulk write.

With the real figure the number of statements does not grow with an order (docs/architecture.md).
"""

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3 import features as sqlite_features


class DatabaseFeatures(sqlite_features.DatabaseFeatures):
    max_query_params = 32_000


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures
