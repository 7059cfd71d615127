from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "techdesk.notifications"
    label = "notifications"

    def ready(self) -> None:
        from techdesk.notifications.channels import email, register_channel

        register_channel("email", email.opened)
