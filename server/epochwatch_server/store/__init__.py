"""The only floor that knows SQL: functions take a connection first and return the domain's words."""
