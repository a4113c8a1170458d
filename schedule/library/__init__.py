"""What may be seen afterwards: the programme's items as a library, and who it is open to."""
