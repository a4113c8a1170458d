"""What was on air, kept: cuts, their versions, and what is made of them."""
