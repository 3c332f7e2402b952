"""Learning from verdicts: what would have dropped most false alarms of a rule and kept its true ones."""
