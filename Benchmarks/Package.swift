// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "millrace", path: "..", traits: ["Jemalloc", "RuntimeHooks"]),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  ],
  targets: [
    .target(name: "CBodies", cSettings: [.unsafeFlags(["-O3"])]),
    .executableTarget(
      name: "contender",
      dependencies: [
        "CBodies", .product(name: "Millrace", package: "millrace"),
        .product(name: "MillraceTimers", package: "millrace"),
        // The command, which one workload runs.
        .product(name: "millrace", package: "millrace"),
      ]),
    // The same sources, for this machine's processor.
    .executableTarget(
      name: "contender-native",
      dependencies: [
        "CBodies", .product(name: "Millrace", package: "millrace"),
        .product(name: "MillraceTimers", package: "millrace"),
      ], swiftSettings: [.unsafeFlags(["-Xcc", "-march=native"])]),
    .executableTarget(name: "costs", dependencies: [.product(name: "Millrace", package: "millrace")]),
    .executableTarget(
      name: "compare",
      dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")]),
  ]
)
