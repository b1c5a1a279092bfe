#if Workflow
  import MillraceWorkflow

  /// Why a request is refused: the body of every answer that is an error.
  struct Problem: Error, Sendable {
    /// For programs, with the status that goes with it.
    enum Code: String, Sendable, CaseIterable {
      case badRequest = "bad_request"
      case unauthorized
      case forbidden
      case notFound = "not_found"
      case methodNotAllowed = "method_not_allowed"
      case timeout
      case conflict
      case tooLarge = "too_large"
      case unsupportedMediaType = "unsupported_media_type"
      case misdirected
      case unprocessable
      case tooManyRequests = "too_many_requests"
      case headersTooLarge = "headers_too_large"
      case `internal`
      case unavailable
      case versionNotSupported = "version_not_supported"

      var status: Int {
        switch self {
        case .badRequest: 400
        case .unauthorized: 401
        case .forbidden: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .timeout: 408
        case .conflict: 409
        case .tooLarge: 413
        case .unsupportedMediaType: 415
        case .misdirected: 421
        case .unprocessable: 422
        case .tooManyRequests: 429
        case .headersTooLarge: 431
        case .internal: 500
        case .unavailable: 503
        case .versionNotSupported: 505
        }
      }
    }

    var status: Int
    var code: Code
    var message: String
    var place: String?
    var headers: [(name: String, value: String)] = []

    init(_ code: Code, _ message: String, at place: String? = nil, headers: [(name: String, value: String)] = []) {
      status = code.status
      self.code = code
      self.message = message
      self.place = place
      self.headers = headers
    }

    /// Of a request that the parser refuses.
    init(status: Int, _ message: String) {
      self.init(Code.allCases.first { $0.status == status } ?? .badRequest, message)
      // What HTTP says by a number of its own, and programs need not tell apart.
      self.status = status
    }

    /// What the engine or the store says.
    init?(_ error: WorkflowError) {
      let code: Code
      switch error.code {
      case .unknownRun, .unknownWorkflow: code = .notFound
      case .impossible: code = .conflict
      case .invalidInput, .invalidDefinition, .incompatibleDefinition, .boundExceeded: code = .unprocessable
      case .invalidJSON: code = .badRequest
      case .full: code = .tooManyRequests
      case .tooLarge: code = .tooLarge
      case .storeUnavailable, .heldElsewhere, .shutDown: code = .unavailable
      default: return nil
      }
      self.init(code, error.message, at: error.place)
      if code == .unavailable || code == .tooManyRequests { headers.append(("Retry-After", "1")) }
    }

    var response: HTTPResponse {
      var members: [String: JSONValue] = ["code": .string(code.rawValue), "message": .string(message)]
      if let place { members["place"] = .string(place) }
      return HTTPResponse(
        status, headers: headers + [("Content-Type", "application/json")], JSONText.bytes(.object(members)))
    }
  }
#endif
