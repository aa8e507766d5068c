"""The JSON forms of what tests write: replies, scripts, rules, scopes."""
