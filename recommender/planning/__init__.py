"""Planning a year: hours done and owed, and the programs that are to be attended."""
