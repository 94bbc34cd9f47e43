"""Stretches of time that no date says, in prose: 'next week', 'by Christmas', 'in a few days', in four languages."""

import re

_FEASTS = r"""
christmas|x-?mas|new year(?:['\u2019]s)?(?: eve)?|easter|thanksgiving|whitsun|pentecost|hallowe['\u2019]?en|black friday|ramadan|eid|diwali|hanukk?ah
weihnacht\w*|neujahr\w*|silvester|jahreswechsel|ostern|pfingst\w*|himmelfahrt
noël|pâques|pentecôte|toussaint|nouvel an|jour de l['\u2019]an
navidad\w*|pascua|semana santa|año nuevo|nochevieja
"""
_ENGLISH = r"""
(?:next|this|the coming|the following) (?:week|weekend|month|quarter|year|spring|summer|autumn|winter)
(?:end|close|start|beginning|middle) of (?:the |this |next )?(?:day|week|month|quarter|year)
(?:by|before|until|over|in|during|from) (?:the )?(?:spring|summer|autumn|winter)
(?:in|within|over) (?:the )?(?:next |coming |following )?(?:a )?(?:few|couple of|several|some|matter of)? ?(?:hours|days|weeks|months)
within (?:the|an?) (?:hour|day|week|month)
EOD|EOW|EOM|tonight|(?:a )?fortnight
"""
_GERMAN = r"""
(?:diese[nrsm]?|nächste[nrsm]?|kommende[nrsm]?) (?:woche|wochenende|monat|monats|quartal|quartals|jahr|jahres|tage|tagen|wochen|monaten)
(?:anfang|mitte|ende) (?:der|des|dieser|dieses|nächster|nächsten|kommender|kommenden) (?:woche|monats|quartals|jahres)
in (?:ein paar|wenigen|einigen|kürzester zeit|den nächsten|den kommenden) ?(?:stunden|tagen|wochen|monaten)?
innerhalb (?:von |weniger |einer |eines )?(?:stunden|stunde|tagen|tages|tage|wochen|woche|monats)
(?:im|bis zum|vor dem|über den) (?:frühjahr|frühling|sommer|herbst|winter)
monatsende|quartalsende|jahresende|heute abend
"""
_FRENCH = r"""
la semaine prochaine|cette (?:semaine|année)|ce (?:mois|trimestre|week-end)(?:-ci)?
(?:le|du) (?:mois|trimestre) prochain|l['\u2019](?:an|année|été|hiver|automne) prochaine?
(?:dans|sous|d['\u2019]ici) (?:les |quelques |peu de )?(?:prochaine?s )?(?:heures|jours|semaines|mois)|sous (?:huitaine|quinzaine)
(?:fin|début|milieu) (?:du mois|de (?:la )?semaine|de l['\u2019]année|du trimestre)|ce soir
"""
_SPANISH = r"""
la semana (?:que viene|próxima)|(?:esta|la próxima) semana|este (?:mes|trimestre|año)
(?:el|del) (?:mes|trimestre|año) (?:que viene|próximo)|(?:el )?próximo (?:mes|trimestre|año)
(?:en|dentro de) (?:unas?|unos|pocas|pocos|los próximos|las próximas|algunos|algunas) (?:horas|días|semanas|meses)
(?:fin|finales|principios|mediados) de (?:mes|semana|año|trimestre)|esta noche
"""


def _either(*lists: str) -> str:
    return "|".join(line for words in lists for line in words.split("\n") if line)


_PERIOD = re.compile(rf"(?<![^\W_])(?:{_either(_FEASTS, _ENGLISH, _GERMAN, _FRENCH, _SPANISH)})(?![^\W_])", re.IGNORECASE)


def period_mentions(text: str) -> list[str]:
    """Such stretches of time, in lower case."""
    return [" ".join(match[0].lower().split()) for match in _PERIOD.finditer(text)]
