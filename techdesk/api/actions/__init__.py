from techdesk.api.actions.token import note_token_use

__all__ = ["note_token_use"]
