#!/opt/venv/bin/python
"""Starts JupyterLab with the arguments given; JUPYTER_TOKEN is read by the server itself."""
import os
import sys

os.execvp("jupyter", ["jupyter", "lab", *sys.argv[1:]])
