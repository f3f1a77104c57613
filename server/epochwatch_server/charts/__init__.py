"""The charts: pure functions from series to Plotly figures, one a file; page, report and CLI draw the same ones."""
