/// For people and logs.
enum ShownURL {
  /// A URL, or several with commas between, without what may be secret: user and password, and the query.
  ///
  /// Of what is no proper URL rather too much is left out than too little.
  static func text(_ urls: String) -> String {
    // A comma that no scheme follows may be a password's.
    urls.split(separator: /,(?=[A-Za-z][A-Za-z0-9+.-]*:\/\/)/).map { url in
      let scheme = url.prefixMatch(of: /[A-Za-z][A-Za-z0-9+.-]*:\/\//)?.0 ?? ""
      var place = url.dropFirst(scheme.count)
      // Whatever is before the last, slashes and question marks included.
      if let at = place.lastIndex(of: "@") { place = place[place.index(after: at)...] }
      return scheme + place.prefix { $0 != "?" && $0 != "#" }
    }.joined(separator: ",")
  }
}
