#if Workflow
  import Crypto
  import Foundation

  /// Who may use the server: tokens, of which only hashes are kept, each with a role.
  ///
  /// ```swift
  /// let tokens = try AccessTokens("admin 6jM0wYt3nT8qXr2c anna\nviewer sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
  /// ```
  public struct AccessTokens: Sendable {
    struct Entry: Sendable {
      let role: Role
      /// Who it is; for logs and alerts.
      let name: String
      let digest: [UInt8]
    }

    let entries: [Entry]

    public var isEmpty: Bool { entries.isEmpty }

    /// Characters of the shortest token: fewer can be guessed.
    public static let shortest = 16

    /// Without any, the server is for this machine alone.
    public init() { entries = [] }

    /// Reads a line for each token: its role, the token itself or `sha256:` and the hash of it as 64 hexadecimal digits, and a name. Empty lines, and those that begin with `#`, say nothing.
    ///
    /// - Parameter place: where the text is from, for complaints.
    /// - Throws: a ``TokenFault``, which never has a token in it.
    public init(_ text: String, at place: String = "tokens") throws(TokenFault) {
      var entries: [Entry] = []
      for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
        func fault(_ message: String) -> TokenFault { TokenFault(description: "\(place):\(index + 1): \(message)") }
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let first = words.first, !first.hasPrefix("#") else { continue }
        guard let role = Role(rawValue: first) else {
          throw fault("expected a role (\(Role.allCases.map(\.rawValue).joined(separator: ", "))) as the first word")
        }
        guard (2...3).contains(words.count) else { throw fault("expected a role, a token and perhaps a name") }
        guard let digest = Self.digest(words[1]) else {
          throw fault(
            "expected a token of \(Self.shortest) … 1000 printable characters, or sha256: and 64 hexadecimal digits")
        }
        guard !entries.contains(where: { $0.digest == digest }) else { throw fault("this token is there twice") }
        entries.append(Entry(role: role, name: words.count > 2 ? words[2] : role.rawValue, digest: digest))
      }
      guard !entries.isEmpty else { throw TokenFault(description: "\(place): expected a token; found none") }
      self.entries = entries
    }

    private static func digest(_ word: String) -> [UInt8]? {
      let prefix = "sha256:"
      if word.hasPrefix(prefix) {
        let digits = Array(word.utf8.dropFirst(prefix.utf8.count)).map(PercentEncoding.hexadecimal)
        guard digits.count == 64, digits.allSatisfy({ $0 != nil }) else { return nil }
        return (0..<32).map { digits[2 * $0]! << 4 | digits[2 * $0 + 1]! }
      }
      guard (shortest...1000).contains(word.utf8.count), word.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
      else { return nil }
      return Self.hash(word)
    }

    static func hash(_ token: some StringProtocol) -> [UInt8] { Array(SHA256.hash(data: Data(token.utf8))) }

    /// Whose token it is; nil: nobody's.
    ///
    /// All entries are looked at, and all bytes of each, so that the time it takes says nothing about them.
    func entry(for token: some StringProtocol) -> Entry? {
      let digest = Self.hash(token)
      var found: Entry?
      for entry in entries where Self.areEqual(entry.digest, digest) { found = entry }
      return found
    }

    static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
      guard a.count == b.count else { return false }
      var difference: UInt8 = 0
      for index in a.indices { difference |= a[index] ^ b[index] }
      return difference == 0
    }
  }

  /// What is wrong with a list of tokens, and where.
  public struct TokenFault: Error, CustomStringConvertible {
    public let description: String
  }
#endif
