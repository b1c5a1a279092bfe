// swift-tools-version: 6.2
import PackageDescription

// Apart from the other benchmarks, which need no database.
let package = Package(
  name: "store-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "millrace", path: "../..", traits: ["Workflow"]),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
  ],
  targets: [
    .executableTarget(
      name: "store-commit",
      dependencies: [
        .product(name: "MillraceSQLite", package: "millrace"),
        .product(name: "MillraceWorkflow", package: "millrace"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ])
  ]
)
