"""Charts as data: what Plotly draws, made of plain values."""
