"""The composition root: from settings to the assembled gateway. Never decides anything a setting should."""

from .assembly import Assembly, assembled, key_folder, sealing_of
from .granting import scheme_grants

__all__ = ["Assembly", "assembled", "key_folder", "scheme_grants", "sealing_of"]
