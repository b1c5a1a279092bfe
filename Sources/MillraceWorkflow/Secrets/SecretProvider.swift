import Foundation

/// Where secrets come from.
///
/// Called from any task, also at the same time, for each attempt that needs a secret: a secret that has been changed is found by the next attempt.
public protocol SecretProvider: Sendable {
  /// - Returns: nil if it has none of this name.
  /// - Throws: when it cannot tell.
  func secret(named name: String) async throws -> Secret?
}

/// Secrets in variables of this process's environment.
public struct EnvironmentSecrets: SecretProvider {
  private let prefix: String

  /// - Parameter prefix: stands before a secret's name in that of its variable.
  public init(prefix: String = "") {
    self.prefix = prefix
  }

  public func secret(named name: String) -> Secret? {
    ProcessInfo.processInfo.environment[prefix + name].map { Secret($0) }
  }
}

/// Secrets in files of one folder, each in the file of its name, as orchestrators of containers mount them. A line end at the file's end is no part of the secret.
public struct FileSecrets: SecretProvider {
  private let folder: String

  public init(folder: String) {
    self.folder = folder
  }

  /// - Throws: ``WorkflowError/Code/invalidInput`` for a name that is no file's name, and for a file that is not UTF-8 text; what Foundation throws when it cannot be read.
  public func secret(named name: String) throws -> Secret? {
    guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), !name.contains("\0") else {
      throw WorkflowError(
        .invalidInput, "a secret's name without slashes and leading dots is expected, not \"\(name)\"")
    }
    let path = folder + "/" + name
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    var bytes = try Data(contentsOf: URL(filePath: path))
    if bytes.last == 0x0a { bytes.removeLast() }
    if bytes.last == 0x0d { bytes.removeLast() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw WorkflowError(.invalidInput, "the secret is not UTF-8 text", at: path)
    }
    return Secret(text)
  }
}

/// Secrets given in the program: for tests.
public struct FixedSecrets: SecretProvider {
  private let secrets: [String: Secret]

  public init(_ secrets: [String: Secret]) {
    self.secrets = secrets
  }

  public func secret(named name: String) -> Secret? { secrets[name] }
}
