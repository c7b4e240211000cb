"""Settings of the vectors: field weights, bigrams, tags, idf and what is done to words."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from recommender.text.languages import Languages, is_known, primary


class VectorSettings(BaseModel):
    """The settings of the vectors; ``term_space`` has the formula.

    ``language`` (a code) is assumed where an article names none that is known; None assumes none,
    and so has no stop words. ``stemming`` is Snowball's, of the languages it has.

    Examples
    --------
    >>> VectorSettings(pair_weight=0.2).idf_power
    1.0
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    title_weight: float = Field(0.5, ge=0, le=100)
    lead_weight: float = Field(0.4, ge=0, le=100)
    lead_words: int = Field(120, ge=0)
    pair_weight: float = Field(0.3, ge=0, lt=1)
    tag_weight: float = Field(0.05, ge=0, lt=1)
    idf_power: float = Field(1.0, ge=0, le=10)
    min_pair_df: int = Field(2, ge=1)
    language: str | None = "en"
    stop_words: bool = True
    stemming: bool = False
    fold_accents: bool = False

    @field_validator("language")
    @classmethod
    def _check_language(cls, language: str | None) -> str | None:
        if language is None or is_known(primary(language)):
            return language
        raise ValueError(
            f"no stop words and no stemmer for {language!r}: give a code such as 'en' or 'pt-BR', "
            "or null for an archive in no language known here"
        )

    def languages(self) -> Languages:
        """Return how the words of each language become terms."""
        return Languages(self.language, self.stop_words, self.stemming, self.fold_accents)
