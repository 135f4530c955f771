"""What two networks of a study have to do with one another, from arrays that only a run has."""
