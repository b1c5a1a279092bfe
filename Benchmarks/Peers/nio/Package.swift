// swift-tools-version: 6.2
import PackageDescription

// A package of its own: nothing else needs SwiftNIO.
let package = Package(
  name: "peer-nio",
  platforms: [.macOS(.v15)],
  dependencies: [.package(url: "https://github.com/apple/swift-nio", from: "2.80.0")],
  targets: [
    .executableTarget(
      name: "peer-nio",
      dependencies: [.product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio")])
  ]
)
