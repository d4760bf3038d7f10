"""Who proposes a target or a value: words (in heuristics/), meaning, a language model; one interface for all."""
