#if Workflow
  import CMillraceAssets

  /// The files of the web page, by the paths under which they are served.
  enum PageAssets {
    static let table: [String: PageAsset] = {
      // SAFETY: constants of the program, never written, of which there are as many as the count says; paths and types end with a zero.
      let assets = unsafe UnsafeBufferPointer(start: millrace_assets(), count: millrace_asset_count())
      return unsafe Dictionary(
        uniqueKeysWithValues: assets.map { asset in
          let bytes = unsafe UnsafeBufferPointer(start: asset.bytes, count: asset.count)
          return unsafe (String(cString: asset.path), PageAsset(String(cString: asset.type), Array(bytes)))
        })
    }()
  }
#endif
