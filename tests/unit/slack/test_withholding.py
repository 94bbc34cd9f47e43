"""What nobody needs to read does not go to Slack; what comes back from there is left as it is."""

from integrations.slack.withholding import withheld

KEY = "sk-abcdefghij1234567890abcd"


def test_what_people_read_goes_without_and_what_comes_back_stays() -> None:
    message = {
        "channel": "C1", "text": f"the key {KEY} fails",
        "blocks": [
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "card 4111 1111 1111 1111"}]}]},
            {"type": "actions", "elements": [{"type": "button", "value": KEY, "text": {"type": "plain_text", "text": "Send"}}]},
            {"type": "input", "element": {"type": "plain_text_input", "initial_value": "IBAN DE89 3704 0044 0532 0130 00"}},
        ],
        "metadata": {"event_payload": {"marker": KEY}},
    }  # fmt: skip
    sent = withheld(message)
    assert sent["text"] == "the key [secret] fails"
    assert sent["blocks"][0]["elements"][0]["elements"][0]["text"] == "card [card number]"
    assert sent["blocks"][1]["elements"][0]["value"] == KEY
    assert sent["blocks"][2]["element"]["initial_value"] == "IBAN [account number]"
    assert sent["metadata"] == message["metadata"]
