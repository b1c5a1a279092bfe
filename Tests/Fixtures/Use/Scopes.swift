import Millrace

func children(_ files: [String], _ read: @escaping @Sendable (String) throws -> Void) throws -> Int {
  try withScope { scope in
    for file in files { scope.spawn { try read(file) } }
    return files.count
  }
}
