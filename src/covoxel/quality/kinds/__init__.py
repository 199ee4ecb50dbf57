"""The kinds of cautions: codes, severity, what they affect, messages and fixes."""
