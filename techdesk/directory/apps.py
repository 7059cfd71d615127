from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "techdesk.directory"
    label = "directory"

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added, authenticator_removed
        from django.contrib.auth.signals import user_logged_in

        from techdesk.directory import (
            invariants,  # noqa: F401 - declares its promises
            rules,  # noqa: F401 - declares its part of the matrix
        )
        from techdesk.directory.actions.put_to_rest import declare_keeps
        from techdesk.directory.imports.oneroster import ONEROSTER
        from techdesk.directory.imports.plain import PLAIN_PEOPLE
        from techdesk.directory.kinds import KINDS
        from techdesk.directory.links import INVITATION_KIND, PASSWORD_KIND, invitation_link, password_link
        from techdesk.directory.mail_times import QUIET_SETTINGS, school_rhythms
        from techdesk.directory.panels import register_person_panel
        from techdesk.directory.readers import MAIL_GRADES, readers_for_students
        from techdesk.directory.second_factor import ask_at_sign_in, note_added, note_emergency, note_removed
        from techdesk.directory.sessions import start_clock
        from techdesk.directory.sign_in_panel import sign_in_panel
        from techdesk.directory.switches import ABOUT, SECOND_FACTOR, declare_settings
        from techdesk.directory.views.imported import invited_panel
        from techdesk.directory.views.new_year import new_year_link, year_panel
        from techdesk.jobs.hooks import register_import, register_import_panel, register_imports_panel
        from techdesk.notifications.hooks import declare_kinds, register_link, register_readers, register_rhythms

        declare_keeps()
        register_import(ONEROSTER)
        register_import(PLAIN_PEOPLE)
        register_imports_panel(new_year_link)
        register_import_panel(year_panel)
        register_import_panel(invited_panel)
        user_logged_in.connect(start_clock, dispatch_uid="techdesk.directory.sessions")
        user_logged_in.connect(ask_at_sign_in, dispatch_uid="techdesk.directory.second_factor")
        user_logged_in.connect(note_emergency, dispatch_uid="techdesk.directory.emergency")
        authenticator_added.connect(note_added, dispatch_uid="techdesk.directory.second_factor")
        authenticator_removed.connect(note_removed, dispatch_uid="techdesk.directory.second_factor")
        declare_settings(*ABOUT, SECOND_FACTOR, *QUIET_SETTINGS, MAIL_GRADES)
        register_person_panel(sign_in_panel, place=80)
        declare_kinds(*KINDS)
        register_rhythms(school_rhythms)
        register_readers(readers_for_students)
        register_link(INVITATION_KIND, invitation_link)
        register_link(PASSWORD_KIND, password_link)
