"""Between conversations and text: chat templates, and the shapes models write tool calls and thoughts in.

Pure functions and small classes; no model is needed to run or test them.
"""
