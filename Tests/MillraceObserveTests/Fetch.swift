#if Workflow
  import Foundation

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  enum Fetch {
    /// nil: nobody answers.
    static func get(_ url: URL) async -> (status: Int, body: [UInt8])? { await send(URLRequest(url: url)) }

    /// nil: nobody answers.
    static func send(_ request: URLRequest) async -> (status: Int, body: [UInt8])? {
      await withCheckedContinuation { continuation in
        URLSession.shared.dataTask(with: request) { data, response, _ in
          continuation.resume(
            returning: (response as? HTTPURLResponse).map { ($0.statusCode, Array(data ?? Data())) })
        }.resume()
      }
    }
  }
#endif
