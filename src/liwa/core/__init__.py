"""What every other part rests on: row types, ids, the campus clock, settings, errors, registries."""
