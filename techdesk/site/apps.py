from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "techdesk.site"
    label = "techdesk_site"
