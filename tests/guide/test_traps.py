"""What looks like a promise and is none, in each language: to fill in, an example, denied, past, once, about so."""

import pytest

from .test_reading import said, with_amounts

TRAPS = {
    "de": """# Betrieb
## Reaktionszeiten
- P1: [TODO: 15 Minuten]
- P2: {{ reaktionszeit_p2 }} Stunden
- P3: XX Std.
- z. B. 15 Minuten für P1
- Für P4 gibt es keine zugesagte Reaktionszeit.
- Früher lag die Reaktionszeit für P1 bei 4 Stunden.
- Im letzten Quartal lag die mittlere Lösungszeit bei 3,2 Stunden.
- Ein P1 dauerte im Mai 2025 ganze 7 Stunden.
## Datensicherung
- Die letzte Sicherung war 24 Stunden alt.
- Ein Restore dauert etwa 40 Minuten.
## Wartung
- Am 12.03.2026 von 22:00 bis 02:00 Uhr wurde gewartet.
""",
    "en": """# Operations
## Incidents
- P1: [TODO: 15 minutes]
- Our provider answers within 1 hour.
- Median first response to a P1: 4 minutes
- Old agreement (until June): P2 answered within 1 hour, fixed in 24 hours
- Support is here 24 hours a day, 7 days a week.

**Service credits.** Below 99 % the customer gets 10 % back within 30 days.

## Suppliers
The database's supplier answers within 30 minutes and repairs within 6 hours.
## Quotas
| Thing | Value |
|---|---|
| Home quota | 100 GB |
| Max wall time | 168 h |
## Data
- Cards: removed after 3 failed attempts
""",
    "es": """# Operación
## Tiempos de respuesta
- P1: [PENDIENTE: 15 minutos]
- P2: {{ tiempo_p2 }} horas
- p. ej. 15 minutos para P1
- Para P4 no hay tiempo de respuesta comprometido.
- Hasta 2024 la respuesta a P1 era de 4 horas.
- El trimestre pasado el tiempo medio de resolución fue de 3,2 horas.
## Copias
- La última copia tenía 24 horas.
- Una restauración tarda unos 40 minutos.
## Mantenimiento
- El 12/03/2026 de 22:00 a 02:00 hubo mantenimiento.
""",
    "fr": """# Exploitation
## Délais de réponse
- P1 : [À COMPLÉTER : 15 minutes]
- P2 : <délai> heures
- par ex. 15 minutes pour un P1
- Pour les P4, aucun délai de réponse n'est garanti.
- Jusqu'en 2024, le délai de réponse d'un P1 était de 4 heures.
- Le trimestre dernier, le délai moyen de résolution était de 3,2 heures.
## Sauvegardes
- La dernière sauvegarde datait de 24 heures.
- Une restauration prend environ 40 minutes.
## Maintenance
- Le 12/03/2026 de 22h00 à 2h00, une maintenance a eu lieu.
""",
    "pt": """# Operação
## Tempos de resposta
- P1: [PREENCHER: 15 minutos]
- P2: {{ prazo }} horas
- por exemplo, 15 minutos para P1
- Para P4 não há prazo de resposta.
- Até 2024 a resposta a P1 era de 4 horas.
- No trimestre passado o tempo médio de resolução foi de 3,2 horas.
## Backups
- O último backup tinha 24 horas.
- Uma restauração leva cerca de 40 minutos.
## Manutenção
- Em 12/03/2026, das 22h às 2h, houve manutenção.
""",
    "ro": """# Operare
## Timpi de răspuns
- P1: [DE COMPLETAT: 15 minute]
- P2: {{ termen }} ore
- de ex. 15 minute pentru P1
- Pentru P4 nu există timp de răspuns garantat.
- Până în 2024 răspunsul la P1 era de 4 ore.
- Trimestrul trecut timpul mediu de rezolvare a fost de 3,2 ore.
## Copii de rezervă
- Ultima copie avea 24 de ore.
- O restaurare durează circa 40 de minute.
## Mentenanță
- Pe 12.03.2026, între 22:00 și 02:00, a fost mentenanță.
""",
    "vi": """# Vận hành
## Thời gian phản hồi
- P1: [CẦN ĐIỀN: 15 phút]
- P2: {{ thoi_han }} giờ
- ví dụ: 15 phút đối với P1
- Đối với P4 không có cam kết thời gian phản hồi.
- Trước năm 2024 thời gian phản hồi P1 là 4 giờ.
- Quý trước thời gian giải quyết trung bình là 3,2 giờ.
## Sao lưu
- Bản sao lưu gần nhất cách đây 24 giờ.
- Khôi phục mất khoảng 40 phút.
## Bảo trì
- Ngày 12/03/2026 từ 22:00 đến 02:00 đã bảo trì.
""",
}


@pytest.mark.parametrize("language", TRAPS)
def test_nothing_is_promised(language: str) -> None:
    found = said(TRAPS[language])
    assert with_amounts(found) == []
    assert not [values for values in found if values.get("rrule") or values.get("start")]
