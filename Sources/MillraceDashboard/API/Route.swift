#if Workflow
  import MillraceWorkflow

  /// A request that has been let in, with what its path says.
  struct Call: Sendable {
    let request: HTTPRequest
    /// By the names in the route's template.
    let parameters: [String: String]
    let caller: Gate.Caller

    /// The run in the path.
    func run() throws(Problem) -> RunID {
      guard let id = RunID(strictly: parameters["run"]!) else {
        throw Problem(.badRequest, "a run's id, 32 hexadecimal digits in small letters, is expected", at: "path.run")
      }
      return id
    }

    /// A name in the path.
    func name(_ parameter: String) throws(Problem) -> String {
      try TextRule.name.check(parameters[parameter]!, at: "path.\(parameter)")
    }

    /// Of a route that takes none.
    func expectNoQuery() throws(Problem) { try QueryReader(request.query).finish() }
  }

  /// One thing that the server does: what is asked for, who may, and what answers.
  struct Route: Sendable {
    typealias Answer = @Sendable (API, Call) async throws -> HTTPResponse

    let method: String
    /// As OpenAPI writes it: `/api/v1/runs/{run}/graph`.
    let template: String
    /// nil: anybody.
    let role: Role?
    let answer: Answer

    private let segments: [Substring]

    init(_ method: String, _ template: String, for role: Role?, _ answer: @escaping Answer) {
      self.method = method
      self.template = template
      self.role = role
      self.answer = answer
      segments = template.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    }

    var changes: Bool { method != "GET" }

    /// The parameters in a path; nil: it is another route's.
    func parameters(in path: [String]) -> [String: String]? {
      guard path.count == segments.count else { return nil }
      var parameters: [String: String] = [:]
      for (segment, text) in zip(segments, path) {
        if segment.hasPrefix("{"), !text.isEmpty {
          parameters[String(segment.dropFirst().dropLast())] = text
        } else if segment != text {
          return nil
        }
      }
      return parameters
    }
  }

  extension HTTPResponse {
    static func json(_ value: JSONValue) -> HTTPResponse { json(200, value) }

    static func json(_ status: Int, _ value: JSONValue) -> HTTPResponse {
      HTTPResponse(status, headers: [("Content-Type", "application/json")], JSONText.bytes(value))
    }
  }
#endif
