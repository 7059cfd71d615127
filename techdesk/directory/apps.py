from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "techdesk.directory"
    label = "directory"

    def ready(self) -> None:
        from techdesk.directory import rules  # noqa: F401 - declares its part of the matrix
        from techdesk.directory.invitations import INVITATION_KIND, link_in_mail
        from techdesk.notifications.hooks import register_link

        register_link(INVITATION_KIND, link_in_mail)
