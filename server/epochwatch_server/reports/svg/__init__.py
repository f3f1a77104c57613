"""Figures as still pictures: what Plotly would draw in a browser, as SVG, for a page that must open from disk."""
