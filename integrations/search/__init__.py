"""Finding help articles: by their words (full text) and by what they mean (vectors), passage by passage."""
