"""Sound of every kind on its way to AAC on one grid."""
