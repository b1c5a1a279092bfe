@_exported import MillraceExecutor
