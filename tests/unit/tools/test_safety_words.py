"""Words of danger: found as whole words, and not in the everyday phrases of software teams."""

import pytest

from tools.safety_words import AT_MOST, safety_words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The terminal is smoking!", ["smoking"]),
        ("There is FIRE in the server room", ["fire"]),
        ("The delay is due to fire in the plant", ["fire"]),
        ("sparks came out of the socket", ["sparks"]),
        ("He got an electric shock and is injured.", ["electric shock", "injured"]),
        ("We have had a data breach", ["data breach"]),
        ("We were breached last night", ["were breached"]),
        ("This is a breach of our contract and we prepare legal steps", ["breach of our contract", "legal steps"]),
        ("I can see another customer's data", ["another customer's data"]),
        ("I can see another customer\u2019s data", ["another customer's data"]),
        ("This will end in a lawsuit; our lawyer will write.", ["lawsuit", "our lawyer"]),
        ("Es raucht aus dem Gerät, Lebensgefahr!", ["raucht", "lebensgefahr"]),
        ("Zwei Mitarbeiter wurden schwer verletzt", ["mitarbeiter wurden schwer verletzt"]),
        ("Unser Anwalt wird sich melden", ["unser anwalt"]),
        ("Il y a de la fumée et des étincelles", ["fumee", "etincelles"]),
        ("une violation de données personnelles", ["violation de donnees"]),
        ("mise en demeure par notre avocate", ["mise en demeure", "notre avocate"]),
        ("Sale humo y hay un herido", ["humo", "herido"]),
        ("Sufrimos una filtración de datos y tomaremos acciones legales", ["filtracion de datos", "acciones legales"]),
    ],
)
def test_danger_is_found(text: str, found: list[str]) -> None:
    assert safety_words(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "Please fire up the report",
        "The rep was fired last week",
        "We fired off 300 messages",
        "The webhook does not fire, and triggers fire twice",
        "It didn't fire; events fire only once",
        "A fire-and-forget call behind the firewall",
        "Our smoke test fails in CI",
        "The burning question is the price",
        "That sparks interest, and Apache Spark is faster",
        "Our brand campaign; the brand is new",
        "Die SLA wurde verletzt",
        "Feu vert pour le projet",
        "La demanda de turnos sube en verano",
        "We are in danger of missing the date",
        "The SLA was breached, and your response times have been breached twice",
        "Our legal team reads the contract",
        "misfire, campfires and pursuing goals",
        "",
    ],
)
def test_everyday_phrases_are_left_alone(text: str) -> None:
    assert safety_words(text) == []


def test_harmless_phrases_do_not_hide_real_danger() -> None:
    assert safety_words("The alarm does not fire, and there is smoke and a fire") == ["smoke", "fire"]


def test_each_word_is_named_once_and_not_too_many() -> None:
    assert safety_words("smoke, smoke", "Smoke") == ["smoke"]
    everything = "smoke smoking sparks fire burning injured humo fuego rauch feuer fumee incendie"
    assert len(safety_words(everything)) == AT_MOST
