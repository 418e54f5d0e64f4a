"""Pages of cooperate, by what they are about; and the one address that letters come to."""
