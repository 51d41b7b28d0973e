#!/bin/sh
echo scripted >/etc/play-whole/scripted
