#if Workflow
  import Foundation
  import Synchronization

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  /// Requests whose answers are small.
  enum HTTPClient {
    /// A redirection is an answer, not followed: what is sent is for the address that was given.
    private final class Delegate: NSObject, URLSessionTaskDelegate, Sendable {
      func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
      ) {
        completionHandler(nil)
      }
    }

    private static let session: URLSession = {
      let configuration = URLSessionConfiguration.ephemeral
      configuration.httpCookieAcceptPolicy = .never
      configuration.httpShouldSetCookies = false
      configuration.urlCache = nil
      return URLSession(configuration: configuration, delegate: Delegate(), delegateQueue: nil)
    }()

    /// Cancelled, it returns at once, and leaves the request to its timeout: Foundation traps when a redirection is answered after a task was cancelled (Swift 6.3.1).
    ///
    /// - Throws: what has kept the answer from coming; `CancellationError`.
    static func send(_ request: URLRequest) async throws -> (Data, HTTPURLResponse) {
      let waiting = Mutex<CheckedContinuation<(Data, HTTPURLResponse), any Error>?>(nil)
      @Sendable func end(_ result: Result<(Data, HTTPURLResponse), any Error>) {
        let continuation = waiting.withLock { waiting in
          defer { waiting = nil }
          return waiting
        }
        continuation?.resume(with: result)
      }
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          waiting.withLock { $0 = continuation }
          // Cancelled before somebody waited.
          if Task.isCancelled { return end(.failure(CancellationError())) }
          session.dataTask(with: request) { data, response, error in
            if let response = response as? HTTPURLResponse {
              end(.success((data ?? Data(), response)))
            } else {
              end(.failure(error ?? URLError(.badServerResponse)))
            }
          }.resume()
        }
      } onCancel: {
        end(.failure(CancellationError()))
      }
    }
  }
#endif
