#if Workflow
  import Foundation
  import Testing

  @testable import MillraceDashboard

  /// The page's files: all of them are served, none of them needs another place, and none makes markup of data.
  @Suite struct PageFileTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/MillraceDashboard/Page")

    private static func files() throws -> [(name: String, text: String)] {
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
        (name, try String(contentsOf: folder.appending(path: name), encoding: .utf8))
      }
    }

    @Test func eachFileIsServedAsItIs() throws {
      let files = try Self.files()
      #expect(files.count > 20)
      for (name, text) in files {
        let asset = PageAssets.table[name == "index.html" ? "/" : "/\(name)"]
        #expect(asset?.bytes == [UInt8](text.utf8), "\(name)")
      }
    }

    @Test func filesAreShortAndNeedNobodyElse() throws {
      for (name, text) in try Self.files() {
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 400, "\(name)")
        // Names of namespaces are no places.
        let elsewhere = text.replacing("http://www.w3.org/2000/svg", with: "").matches(of: /(https?:)?\/\/[a-z0-9]+\./)
        #expect(elsewhere.isEmpty, "\(name) needs something from elsewhere")
      }
    }

    @Test func dataNeverBecomesMarkupOrScript() throws {
      for (name, text) in try Self.files() where name.hasSuffix(".js") {
        for word in [
          "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc",
        ] {
          #expect(!text.contains(word), "\(name): \(word)")
        }
      }
      let html = try Self.files().first { $0.name == "index.html" }!.text
      #expect(html.matches(of: /<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=/).isEmpty, "inline script or style")
    }
  }
#endif
