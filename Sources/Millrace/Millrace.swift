@_exported import MillraceExecutor
@_exported import MillraceGraph
