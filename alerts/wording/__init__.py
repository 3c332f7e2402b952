"""What a message says: the facts about an alert, and the sentences that are made of them."""
