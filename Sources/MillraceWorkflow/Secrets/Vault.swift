/// The secrets of an engine: providers, asked one after the other, and a ``Redactor`` that learns each secret before anybody is given it.
///
/// ```swift
/// let vault = Vault([EnvironmentSecrets(prefix: "APP_"), FileSecrets(folder: "/run/secrets")])
/// let token = try await vault.secret(named: "token")
/// vault.redactor.redact("token=\(token.revealed)")   // token=•••
/// ```
public struct Vault: Sendable {
  public let redactor: Redactor
  private let providers: [any SecretProvider]

  /// - Parameter providers: the first that has a secret gives it.
  public init(_ providers: [any SecretProvider] = [], redactor: Redactor = Redactor()) {
    self.providers = providers
    self.redactor = redactor
  }

  /// - Throws: a ``TaskFailure`` that no other attempt helps if no provider has it; one that another may help if a provider could not tell.
  public func secret(named name: String) async throws -> Secret {
    for provider in providers {
      let found: Secret?
      do {
        found = try await provider.secret(named: name)
      } catch let error as CancellationError {
        throw error
      } catch {
        throw TaskFailure(code: "secret unavailable", "the secret \"\(name)\" could not be read: \(error)")
      }
      if let found {
        redactor.learn(found)
        return found
      }
    }
    throw TaskFailure(
      code: "unknown secret", "no provider has the secret \"\(name)\"", isRetryable: false)
  }

  /// Several at once: those that a task's resolved input has placeholders for.
  ///
  /// - Throws: as ``secret(named:)``.
  public func secrets(named names: Set<String>) async throws -> [String: Secret] {
    var found: [String: Secret] = [:]
    for name in names.sorted() { found[name] = try await secret(named: name) }
    return found
  }
}
