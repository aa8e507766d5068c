"""What the API groups have in common: errors, wording, paging, ids, streams."""
