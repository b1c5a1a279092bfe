#if Workflow
  /// The description of the API, as OpenAPI has it.
  enum Description {
    static var json: [UInt8] { PageAssets.apiDescription }
  }
#endif
