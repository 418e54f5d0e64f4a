"""The scenario simulator: made-up people, cases and money on two nodes."""
