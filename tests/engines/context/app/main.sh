#!/bin/sh
exec echo main "$@"
