// swift-tools-version: 6.2
import PackageDescription

/// What the contenders' programs compare.
let contenderDependencies: [Target.Dependency] = [
  "CBodies", .product(name: "Millrace", package: "millrace"),
  .product(name: "MillraceBench", package: "millrace"),
  .product(name: "MillraceTimers", package: "millrace"),
  .product(name: "MillraceWorkflow", package: "millrace"),
  .product(name: "MillraceSQLite", package: "millrace"),
  .product(name: "MillraceObserve", package: "millrace"),
  .product(name: "MillraceDashboard", package: "millrace"),
  .product(name: "GRDBSQLite", package: "GRDB.swift"),
]

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "millrace", path: "..", traits: ["Jemalloc", "RuntimeHooks", "Workflow"]),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
  ],
  targets: [
    .target(name: "CBodies", cSettings: [.unsafeFlags(["-O3"])]),
    .executableTarget(
      name: "contender",
      // And the command, which one workload runs.
      dependencies: contenderDependencies + [.product(name: "millrace", package: "millrace")]),
    // The same sources, for this machine's processor.
    .executableTarget(
      name: "contender-native", dependencies: contenderDependencies,
      swiftSettings: [.unsafeFlags(["-Xcc", "-march=native"])]),
    .executableTarget(name: "costs", dependencies: [.product(name: "Millrace", package: "millrace")]),
    .executableTarget(
      name: "compare",
      dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")]),
  ]
)
