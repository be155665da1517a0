"""The computations behind the scopes: each runs forward once and names its values. No backward pass of the package.

One module a chapter. What a module calls `SCOPES` are its scopes: name -> function that returns rows of (title,
numbers, model). A module in this folder is found by itself.
"""
