from tickets.models.issue_type import IssueType
from tickets.models.message import Attachment, Message
from tickets.models.team import Team
from tickets.models.ticket import Ticket, TicketDevice
from tickets.models.urgent import UrgentAlert, UrgentCall

__all__ = ["Attachment", "IssueType", "Message", "Team", "Ticket", "TicketDevice", "UrgentAlert", "UrgentCall"]
