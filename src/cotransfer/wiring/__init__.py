"""The composition root: from settings to the assembled gateway. Never decides anything a setting should."""

from .assembly import Assembly, assembled, key_folder, sealing_of

__all__ = ["Assembly", "assembled", "key_folder", "sealing_of"]
