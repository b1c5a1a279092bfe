#if Workflow
  import MillraceWorkflow

  /// A file of the page: the server has nothing but these, by their paths, so there is no path that leads to anything else.
  struct PageAsset: Sendable {
    let contentType: String
    let bytes: [UInt8]
    /// Changes with the bytes.
    let tag: String

    init(_ contentType: String, _ bytes: [UInt8]) {
      self.contentType = contentType
      self.bytes = bytes
      tag = "\"\(ContentHash(of: bytes))\""
    }

    /// What a browser gets that has asked for it: nothing if it has these bytes.
    func response(to request: HTTPRequest) -> HTTPResponse {
      // Kept, and asked about each time: a new version of the program has a new page at once.
      let headers = [("ETag", tag), ("Cache-Control", "no-cache")]
      let known = (request[header: "if-none-match"] ?? "").split(separator: ",").map {
        $0.trimming(while: \.isWhitespace)
      }
      if known.contains(where: { $0 == tag || $0 == "W/\(tag)" }) { return HTTPResponse(304, headers: headers) }
      return HTTPResponse(200, headers: headers + [("Content-Type", contentType)], bytes)
    }
  }
#endif
