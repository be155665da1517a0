"""Kernels that start at once, and that say what they have read.

Every page runs in a process of its own. It is forked from one that has made the imports which all pages share
(`proveq_preload`), instead of started anew: `server` is that process, and what a kernel notes of the files that it
opens; `provisioner` is what Jupyter calls to start a kernel; `session` starts and ends the server with the build.

Where forking is not to be had, kernels are started as Jupyter starts them, and nothing is known of what they read.
"""
