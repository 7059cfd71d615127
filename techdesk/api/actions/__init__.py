from techdesk.api.actions.idempotency import claim_request, forget_answers, keep_answer
from techdesk.api.actions.token import note_token_use

__all__ = ["claim_request", "forget_answers", "keep_answer", "note_token_use"]
