import ArgumentParser
import Foundation

/// Says what is wrong on standard error, and gives what to throw then.
func complain(_ message: String, code: Int32) -> ExitCode {
  note(message)
  return ExitCode(code)
}

/// - Parameter limit: of a list.
func checkListLimit(_ limit: Int) throws(ValidationError) {
  guard (1...100_000).contains(limit) else {
    throw ValidationError("--limit is expected to be between 1 and 100000; found \(limit)")
  }
}

/// Says something on standard error.
func note(_ message: String) { FileHandle.standardError.write(Data("millrace: \(message)\n".utf8)) }

/// Writes a file, or complains.
func writeFile(_ text: String, to path: String) throws { try writeFile(Data(text.utf8), to: path) }

/// Writes a file, or complains.
func writeFile(_ data: Data, to path: String) throws {
  do {
    try data.write(to: URL(fileURLWithPath: path))
  } catch {
    throw complain("cannot write \(path): \(systemReason(error))", code: 73)
  }
}

/// What the system says was wrong.
func systemReason(_ error: any Error) -> String {
  let error = error as NSError
  let underlying = (error.userInfo[NSUnderlyingErrorKey] as? NSError) ?? error
  return underlying.domain == NSPOSIXErrorDomain
    ? unsafe String(cString: strerror(Int32(underlying.code))) : error.localizedDescription
}
