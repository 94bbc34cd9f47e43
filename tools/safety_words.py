"""Words in a customer's text that tell of danger to people, a data breach, or legal threats.

The list may only restrict or escalate. It is read from text that anybody can write, so nothing may ever be allowed
*because* a word is, or is not, there. Missing a real fire is worse than a needless look by a person; but everyday
phrases of software teams ("smoke test", "the webhook does not fire", "fire up the report", "burning question") are
taken out first, so that the list stays worth reacting to.

Matching ignores case and accents, and takes whole words only. To add a phrase, add it to its language below, and a
harmless use beside it.
"""

import re

from agent.domain.phrases import LONGEST, folded

AT_MOST = 10
"""More different words say nothing more."""

_HARMLESS = r"""
# English
(?:no )?smoke[- ]?(?:test|check)\w*
smoking gun
(?:no|non)[- ]smoking
sparks? (?:joy|interest|debate|discussion|ideas?|curiosity|conversations?|creativity)
fire(?:d|s)? (?:up|off)
fire[- ](?:and[- ]forget|drills?|walls?|stick|tv|tablets?|hd)
(?:amazon|kindle|rapid|under|quick|cease)[- ]fire
(?<!due )\bto fire
(?:not|\w+n'?t|never|do|does|did|will|would|should|shall|can|could|may|might|must|always|only|they|we|you) fire
(?:webhook|trigger|event|rule|automation|alert|notification|hook|job|action)s? fire
(?:workflow|callback|timer|handler|flow|step|reminder)s? fire
burning (?:question|issue|need|desire|platform|through|down|rate)s?
in danger of (?:miss|los|churn|fail|fall|breach)ing
anti[- ]ransomware
(?:slas?|targets?|deadlines?|response times?|service levels?) (?:\w+ )?(?:was|were|been|got) breached
(?:prevent|avoid|against|stop|reduce)(?:ing|s|ed)? (?:\w+ ){0,2}breach(?:es)?
# German, French, Spanish
feuer und flamme
feuer frei
pruebas? de humo
fuegos? artificiales
"""

_DANGER = r"""
# English
smoke
smoking
sparks
sparking
fire
burning
burnt
injured
injur(?:y|ies)
(?:got|was|were|been|badly|seriously) hurt
electric(?:al)? shocks?
(?:i|he|she|we|they|who|someone|somebody|colleague|employee|worker|operator|driver) (?:was|were|got) (?:almost |nearly )?electrocuted
(?:battery|device|charger|tablet|phone|terminal) (?:has )?exploded
gas leak
carbon monoxide
life[- ]threatening
medical emergency
(?:call|need)(?:s|ed|ing)? an ambulance
in danger
evacuat(?:ed|e|ion)
suicid(?:e|al)
self[- ]harm
# German; "verletzt" alone also means "violated", as in an SLA that was
rauch
raucht
qualmt
funken
feuer
in brand
brennt
brandgefahr
verletzte person(?:en)?
(?:mitarbeiter\w*|personen|person|kolleg\w*|jemand|niemand) (?:wurden?|ist|sind) (?:\w+ )?verletzt
(?:hat|habe|haben) sich (?:\w+ )?verletzt
(?:schwer|leicht) verletzt
stromschlag
lebensgefahr
notarzt
# French
fumee
etincelles?
incendie
(?:en|pris|prend|depart de) feu
odeur de brule
brulures?
blesse(?:e|s|es)?
blessures?
(?:decharge|choc) electrique
electrocute(?:e|s|es)?
danger de mort
# Spanish
humo
chispas
fuego
incendio
olor a quemado
quemaduras?
herid[oa]s?
lesion(?:es|ad[oa]s?)?
descarga electrica
electrocutad[oa]s?
peligro de muerte
"""

_BREACH = r"""
# English
(?:data|security|privacy) breach(?:es)?
breach of (?:\w+ )?data
(?:was|were|been|got) breached
data leak(?:s|ed)?
leaked (?:\w+ )?data
ransomware
(?:been|were|was|got) hacked
(?:leaked|stolen|compromised) (?:credentials|passwords?)
(?:credentials|passwords?) (?:\w+ )?(?:leaked|stolen|compromised)
(?:another|other|different) (?:customer|company|client|tenant)(?:'?s|s')? (?:\w+ )?(?:data|records|contacts)
# German, French, Spanish
daten(?:panne|leck|diebstahl)
datenschutz(?:verletzung|vorfall)
gehackt
(?:fuite|violation|vol) de(?: \w+)? donnees
(?:ete|comptes?|sommes) pirate(?:e|s|es)?
(?:fuga|filtracion|robo|brecha) de(?: \w+)? datos
brecha de seguridad
hackead[oa]s?
"""

_LEGAL = r"""
# English
lawsuits?
breach of (?:\w+ )?contract
legal (?:threats?|claims?|consequences|steps|dispute)
(?:our|my) (?:lawyer|attorney|solicitor)s?
legal action
legal proceedings
sue you
suing
(?:take|see) you (?:to|in) court
cease and desist
# German
(?:unser|mein)\w* anw(?:alt|alte|altin|altinnen)\w*
rechtsanw(?:alt|alte|altin)\w*
rechtliche schritte
verklag\w+
abmahnung
einstweilige verfugung
klage (?:einreichen|erheben)
# French
(?:notre|mon|nos) avocate?s?
poursuites? judiciaires?
action en justice
mise en demeure
porter plainte
# Spanish
(?:nuestr[oa]s?|mi) abogad[oa]s?
acciones legales
demanda judicial
(?:presentar|poner) una demanda
demandaremos
"""


def _whole(*lists: str) -> re.Pattern[str]:
    """One pattern for lists with a phrase (a regular expression, folded) on each line, matching whole words only."""
    lines = [line for phrases in lists for line in phrases.splitlines() if line and not line.startswith("#")]
    return re.compile(r"(?<!\w)(?:" + "|".join(lines) + r")(?!\w)")


_HARMLESS_PATTERN = _whole(_HARMLESS)
_PATTERN = _whole(_BREACH, _LEGAL, _DANGER)


def safety_words(*texts: str) -> list[str]:
    """The words and phrases found, folded to lower case without accents, each once, in the order in which they
    appear.
    """
    found: dict[str, None] = {}
    for text in texts:
        cleared = _HARMLESS_PATTERN.sub(" . ", folded(text[:LONGEST]))
        found |= dict.fromkeys(match.group() for match in _PATTERN.finditer(cleared))
    return list(found)[:AT_MOST]
