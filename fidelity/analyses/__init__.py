"""One question a file: ratings, a table, a statistic, and a result with its sentences."""
