"""Is an amount supported by what its lines say? The same question for every language of the corpus."""

import re
from collections.abc import Iterator

_DIGITS = re.compile(r"\d+(?:[.,'\u00a0\u202f ]\d+)*")
_FACTORS: dict[str, tuple[float, ...]] = {
    "seconds": (0.000001, 0.001, 1, 60, 3600, 86400, 604800),
    "ratio": (1, 0.01, 0.001),
    "count": (1, 1000, 1_000_000, 1_000_000_000),
    "bytes": tuple(base**power for base in (1000, 1024) for power in range(6)),
    "months": (1,),
    "years": (1,),
    "business_days": (1,),
}

# A word for a number, in any of the languages: what it may stand for. Units stand for one ("within the hour").
_WORDS: dict[float, str] = {
    0: "loc zero zéro null cero không keine none nulo nul immediately immediate sofort imediat inmediatamente "
    "imediatamente inmediato imediato imediata once immédiatement immédiat ngay momento dès lập",
    0.25: "quarter viertel cuarto quart quarto sfert",
    0.5: "jumatate half halb halbe halben halber halbstündlich media medio mitad demi demie demi-heure demi-heures "
    "jumătate meia meio nửa rưỡi",
    0.75: "dreiviertel",
    1: "one once single a an un una une uno o unu um uma ein eine einer einem einen một hour day week month "
    "year stunde heures stunden horas tag woche monat jahr hora día dia semana mes mês año ano heure jour "
    "semaine mois année oră zi săptămână lună giờ ngày tuần tháng năm next nächster nächsten nächste "
    "siguiente suivant ouvré seguinte próximo următoare următor kế tiếp hourly daily weekly monthly "
    "yearly horaire journalier minute minut minuto phút werktag arbeitstag lucrătoare hábil útil zilnic "
    "ora saptamana zi luni mensual mensuel mensal stündlich täglich wöchentlich",
    1.5: "anderthalb eineinhalb",
    2: "two twice double zwei zweimal dos deux două doi dois duas hai double zweifach doble dublu dobro",
    3: "three drei tres trois trei três ba quarter quartal trimestre trimestru quý thrice triple",
    4: "four vier cuatro quatre patru quatro bốn tư",
    5: "five fünf cinco cinq cinci năm lăm",
    6: "six sechs seis six șase sáu semestru semester half-year halbjahr",
    7: "seven sieben siete sept șapte sete bảy",
    8: "eight acht ocho huit opt oito tám",
    9: "nine neun nueve neuf nouă nove chín",
    10: "ten zehn diez dix zece dez mười chục",
    12: "twelve zwölf doce douze doisprezece douăsprezece doze dozen",
    15: "fifteen fünfzehn quince quinze cincisprezece",
    20: "twenty zwanzig veinte vingt douăzeci vinte",
    24: "twenty-four vierundzwanzig veinticuatro vingt-quatre",
    30: "thirty dreißig treinta trente treizeci trinta half-hour",
    45: "forty-five fünfundvierzig",
    48: "forty-eight achtundvierzig",
    60: "sixty sechzig sesenta soixante sessenta",
    72: "seventy-two",
    90: "ninety neunzig noventa quatre-vingt-dix nouăzeci",
    100: "hundred hundert cien ciento cent sută cem trăm",
    1000: "thousand tausend mil mille mie nghìn",
}
_NUMBER: dict[str, list[float]] = {}
for _value, _words in _WORDS.items():
    for _word in _words.split():
        _NUMBER.setdefault(_word, []).append(_value)
_NINES = re.compile(r"nines|neunen?|nueves|neufs?|noves|de nouă|nouăuri|số chín|số 9", re.IGNORECASE)


def supported(key: str, value: float, text: str) -> bool:
    """Could `value` under `key` (`seconds`, `min_count` …) be what some number in the text says?"""
    unit = re.sub(r"^(min|max|for|after|notice|window|horizon)_", "", key)
    atoms = sorted(set(_atoms(text)))
    if any(_near(atom * factor, value) for atom in atoms for factor in _FACTORS.get(unit, (1,))):
        return True
    if unit == "ratio":
        return bool(_NINES.search(text)) and any(
            _near(1 - 10**-atom, value) for atom in atoms if 1 <= atom <= 9
        )
    return unit == "seconds" and any(
        _near(a * 3600 + b * 60, value) or _near(a * 60 + b, value) or _near(a * 86400 + b * 3600, value)
        for a in atoms
        for b in atoms
    )


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-6 * max(1e-3, abs(b))


def _atoms(text: str) -> Iterator[float]:
    """Every number that the digits and the words of the text may stand for."""
    lowered = text.lower()
    for found in _DIGITS.finditer(lowered):
        yield from _readings(found[0])
    words = [n for w in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", lowered) for n in _NUMBER.get(w, ())]
    yield from words
    whole = [*words, *(float(n) for n in re.findall(r"\d+", lowered))]
    if any(w in (0.25, 0.5) for w in words):
        yield from (n + w for n in whole for w in words if w in (0.25, 0.5) and n >= 1)
        yield from (n * w for n in whole for w in words if w in (0.25, 0.5) and n >= 1)
    yield from (a + b for a in words if a in (20, 30, 60, 90) for b in words if 1 <= b <= 9)


def _readings(digits: str) -> Iterator[float]:
    """`1.000` is a thousand or one, `1 000` a thousand or two numbers."""
    pieces = re.split(r"\D", digits)
    yield float("".join(pieces))
    for cut in range(1, len(pieces)):
        yield float(f"{''.join(pieces[:cut])}.{''.join(pieces[cut:])}")
    for apart in re.split(r"[\u00a0\u202f ]", digits):
        if apart != digits:
            yield from _readings(apart)
