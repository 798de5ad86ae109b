"""A small notebook: pieces of Python, run one after the other in one namespace, over HTTP."""
