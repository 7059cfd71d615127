from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "techdesk.directory"
    label = "directory"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from techdesk.directory import rules  # noqa: F401 - declares its part of the matrix
        from techdesk.directory.imports.oneroster import ONEROSTER
        from techdesk.directory.links import INVITATION_KIND, PASSWORD_KIND, invitation_link, password_link
        from techdesk.directory.sessions import start_clock
        from techdesk.jobs.hooks import register_import
        from techdesk.notifications.hooks import register_link

        register_import(ONEROSTER)
        user_logged_in.connect(start_clock, dispatch_uid="techdesk.directory.sessions")
        register_link(INVITATION_KIND, invitation_link)
        register_link(PASSWORD_KIND, password_link)
