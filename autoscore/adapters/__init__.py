"""One door per outside tool; nothing else imports it."""
