"""A protocol: what will be asked, of what, and how, written down before the data are seen.

Who looks at a dozen measures in a dozen ways will find one that moved. A protocol names the one
question, measure, comparison, sample and analysis beforehand. The stamp closes it with the day and
a hash of every word in it; `Protocol.mark` then says of a result whether it is the planned one, or
exploratory and why. Exploring is not forbidden: it gives questions for new data, and no answers.

The stamp shows that nothing in the file was changed since. It does not prove the day, nor that
there is no second protocol: send it to somebody, or put its first eight digits into the minutes.

Source: Nosek and others 2018, The preregistration revolution, PNAS 115:2600 (planned and
exploratory). The format is local.
"""
