"""Cases in the number formats of hardware: ranges and errors of every tensor, step by step."""
