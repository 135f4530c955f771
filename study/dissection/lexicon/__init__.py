"""The lexicon: families of English words, derived from WordNet, DTD and Places365."""
