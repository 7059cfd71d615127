from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "techdesk.base"
    label = "base"

    def ready(self) -> None:
        from techdesk.base.log import configure

        configure()
