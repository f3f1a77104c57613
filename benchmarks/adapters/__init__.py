"""One module for each contender; each holds a class `Contender(Base)`."""
