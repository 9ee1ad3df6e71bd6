"""Ratings of a marginal analysis by cell and pattern, and the sums that its likelihood needs.

A cell is a combination of all facets but the person (this rater on this item); a pattern is a set
of cells with a total score. N counts the ratings of each pattern in each cell.
"""
