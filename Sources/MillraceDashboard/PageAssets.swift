#if Workflow
  import CMillraceAssets

  /// The page's files, by the paths at which the server has them.
  enum PageAssets {
    static let table: [String: PageAsset] = {
      // SAFETY: constants of the program, as many as the count says, never written; paths and types end with a zero.
      let assets = unsafe UnsafeBufferPointer(start: millrace_assets(), count: millrace_asset_count())
      return unsafe Dictionary(
        uniqueKeysWithValues: assets.map { asset in
          unsafe (String(cString: asset.path), PageAsset(String(cString: asset.type), bytes(of: asset)))
        })
    }()

    /// `openapi.json`
    static let apiDescription = unsafe bytes(of: millrace_api_description())

    private static func bytes(of asset: millrace_asset) -> [UInt8] {
      // SAFETY: as above.
      unsafe Array(UnsafeBufferPointer(start: asset.bytes, count: asset.count))
    }
  }
#endif
