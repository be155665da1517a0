"""Speed and memory of an LSTM, forward and backward: this package and frameworks side by side in one run."""
