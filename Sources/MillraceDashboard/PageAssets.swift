#if Workflow
  /// The page's files, by the paths at which the server has them.
  enum PageAssets {
    static let table: [String: PageAsset] = [:]
  }
#endif
