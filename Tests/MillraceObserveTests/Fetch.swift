#if Workflow
  import Foundation

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  enum Fetch {
    /// nil: nobody answers.
    static func get(_ url: URL) async -> (status: Int, body: [UInt8])? {
      await withCheckedContinuation { continuation in
        URLSession.shared.dataTask(with: url) { data, response, _ in
          continuation.resume(
            returning: (response as? HTTPURLResponse).map { ($0.statusCode, Array(data ?? Data())) })
        }.resume()
      }
    }
  }
#endif
