"""Ratings, training and measures come in: gates, files, the workbook."""
