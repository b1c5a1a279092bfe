// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [.strictMemorySafety(), .enableExperimentalFeature("Lifetimes")]

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "compare", targets: ["compare"]),
    .executable(name: "contender", targets: ["contender"]),
  ],
  dependencies: [
    .package(name: "millrace", path: "..", traits: ["Jemalloc", "RuntimeHooks"]),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  ],
  targets: [
    // What contenders in all languages compute in their leaves. `-O3`, as the peers' build does.
    .target(name: "CBodies", cSettings: [.unsafeFlags(["-O3"])]),

    // Which workloads there are, in which cases and sizes, and who takes part.
    .target(name: "Catalogue", swiftSettings: swiftSettings),

    // One run of one workload by one contender, in a process of its own.
    .executableTarget(
      name: "contender",
      dependencies: ["Catalogue", "CBodies", .product(name: "Millrace", package: "millrace")],
      path: "Workloads",
      swiftSettings: swiftSettings
    ),

    // The driver.
    .executableTarget(
      name: "compare",
      dependencies: [
        "Catalogue", "contender", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings
    ),
  ]
)
