from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "techdesk.notifications"
    label = "notifications"

    def ready(self) -> None:
        from techdesk.notifications import invariants  # noqa: F401 - declares its promises
        from techdesk.notifications.channels import email, register_channel, webhook

        register_channel("email", email.opened)
        register_channel("webhook", webhook.opened)
