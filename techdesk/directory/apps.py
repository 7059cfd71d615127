from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "techdesk.directory"
    label = "directory"

    def ready(self) -> None:
        from techdesk.directory import rules  # noqa: F401 - declares its part of the matrix
