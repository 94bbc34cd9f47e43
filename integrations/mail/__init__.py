"""Messages that are mailed in their owner's name, over a company's own SMTP server. Nothing is, unless the settings name one (docs/mail.md)."""
