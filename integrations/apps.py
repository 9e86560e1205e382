from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"

    def ready(self) -> None:
        from integrations import checks, receivers, schedules  # noqa: F401

        schedules.connect(self)
