"""What fetches the calendars."""
