#if Workflow
  import Foundation
  import MillraceWorkflow
  import Synchronization

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  /// One request and its answer, of which no more than a limit is taken.
  final class HTTPExchange: NSObject, URLSessionDataDelegate, Sendable {
    struct Answer: Sendable {
      var status: Int
      /// By name in small letters.
      var headers: [String: String]
      var body: [UInt8]
    }

    private struct State {
      var continuation: CheckedContinuation<Answer, any Error>?
      var task: URLSessionTask?
      var answer: Answer?
      var redirects = 0
      /// Why it was ended by us.
      var failure: (any Error)?
    }

    private let state = Mutex(State())
    /// On which the session tells, and the request is ended: Foundation traps when a redirect is answered after a task was cancelled (Swift 6.3.1), so the two must know of each other.
    private let queue = OperationQueue()
    private let limit: Int
    private let redirectLimit: Int

    init(limit: Int, redirectLimit: Int) {
      self.limit = limit
      self.redirectLimit = redirectLimit
      queue.maxConcurrentOperationCount = 1
    }

    /// Once.
    ///
    /// - Throws: ``TaskFailure``; `CancellationError` when the surrounding task is cancelled.
    func run(_ request: URLRequest) async throws -> Answer {
      let configuration = URLSessionConfiguration.ephemeral
      configuration.httpShouldSetCookies = false
      // The other side's silence is bounded by the attempt's deadline, and by `end`.
      configuration.timeoutIntervalForRequest = 86_400
      let session = URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
      // Ends the session's hold of this object when the request has ended.
      defer { session.finishTasksAndInvalidate() }
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          let task = session.dataTask(with: request)
          let isEnded = state.withLock { state in
            state.continuation = continuation
            state.task = task
            return state.failure != nil
          }
          task.resume()
          if isEnded { queue.addOperation { task.cancel() } }
        }
      } onCancel: {
        end(CancellationError())
      }
    }

    /// Gives up, for this reason. Any thread.
    func end(_ reason: any Error) {
      queue.addOperation { [self] in endHere(reason) }
    }

    /// On the queue.
    private func endHere(_ reason: any Error) {
      let task = state.withLock { state in
        if state.failure == nil { state.failure = reason }
        return state.task
      }
      task?.cancel()
    }

    // MARK: What the session tells

    func urlSession(
      _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
      completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
      state.withLock { $0.answer = Self.answer(response) }
      completionHandler(.allow)
      if response.expectedContentLength > Int64(limit) { endHere(tooLarge) }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
      let size = state.withLock { state in
        state.answer?.body += data
        return state.answer?.body.count ?? 0
      }
      if size > limit { endHere(tooLarge) }
    }

    func urlSession(
      _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
      newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
      let (isEnded, isTooMany) = state.withLock { state in
        state.redirects += 1
        let isTooMany = state.redirects > redirectLimit
        let isEnded = state.failure != nil
        if isTooMany, !isEnded {
          state.failure = TaskFailure(
            code: "too many redirects", "more than \(redirectLimit) redirects (redirects)", isRetryable: false)
        }
        return (isEnded, isTooMany)
      }
      // It has been cancelled, and wants no answer.
      if isEnded { return }
      guard !isTooMany else { return completionHandler(nil) }
      var request = request
      // What was for one host is not for another.
      if request.url?.host != task.originalRequest?.url?.host {
        for name in ["Authorization", "Cookie", "Proxy-Authorization"] {
          request.setValue(nil, forHTTPHeaderField: name)
        }
      }
      completionHandler(request)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
      let (continuation, answer, failure) = state.withLock { state in
        defer { (state.continuation, state.task) = (nil, nil) }
        return (state.continuation, state.answer ?? task.response.flatMap(Self.answer), state.failure)
      }
      if let failure {
        continuation?.resume(throwing: failure)
      } else if let error {
        continuation?.resume(throwing: TaskFailure(connection: error))
      } else if let answer {
        continuation?.resume(returning: answer)
      } else {
        continuation?.resume(throwing: TaskFailure(code: "connection", "there was no answer"))
      }
    }

    private var tooLarge: TaskFailure {
      TaskFailure(code: "too large", "the answer has more than \(limit) bytes (limit)", isRetryable: false)
    }

    private static func answer(_ response: URLResponse) -> Answer? {
      guard let response = response as? HTTPURLResponse else { return nil }
      let headers = response.allHeaderFields.map { name, value in ("\(name)".lowercased(), "\(value)") }
      return Answer(status: response.statusCode, headers: Dictionary(headers) { "\($0), \($1)" }, body: [])
    }
  }

  extension TaskFailure {
    fileprivate init(connection error: any Error) {
      let code = (error as? URLError)?.code
      let isFinal = code == .unsupportedURL || code == .badURL
      self.init(code: "connection", error.localizedDescription, isRetryable: !isFinal)
    }
  }
#endif
