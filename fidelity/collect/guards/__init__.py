"""What must not come in: numbers, addresses and names by which a person could be found."""
