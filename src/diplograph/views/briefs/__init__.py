"""Briefs of a pair, a state, a person and a week: one structure, written as page, Markdown or DOCX.

`document.py` has the parts of a brief; the other modules fill them by rule from the graph.
"""
