from techdesk.audit.actions.disclosure import disclose
from techdesk.audit.actions.record import Deed, record, record_many
from techdesk.audit.actions.sequence import number_changes

__all__ = ["Deed", "disclose", "number_changes", "record", "record_many"]
