"""The product as people live it: real processes, one browser window for each person, whole stories."""
