@_exported import MillraceBatch
@_exported import MillraceExecutor
@_exported import MillraceGraph
