"""Django's SQLite backend, told the truth about how many parameters SQLite takes."""
