"""Where a courier is: datums, distances, and a track cleaned of what phones and networks do to fixes."""
