"""Texts for people, one module a language. Never decides which code is meant: codes do not change with the language."""

from cotransfer.adapters.gateway.language import Language
from cotransfer.adapters.gateway.texts.en import EN
from cotransfer.adapters.gateway.texts.tables import Texts
from cotransfer.adapters.gateway.texts.zh import ZH

__all__ = ["Texts", "texts_in"]

_TEXTS = {Language.ZH: ZH, Language.EN: EN}


def texts_in(language: Language) -> Texts:
    """The texts of a language."""
    return _TEXTS[language]
