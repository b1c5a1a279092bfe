// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: Swift 6 mode (by tools version), `unsafe` marked where memory safety is argued rather than proved.
let swiftSettings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableExperimentalFeature("Lifetimes"),
]

/// Only where workflows are asked for: see the trait `Workflow`.
let withWorkflows = TargetDependencyCondition.when(traits: ["Workflow"])

let package = Package(
  name: "millrace",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "MillraceTimers", targets: ["MillraceTimers"]),
    .library(name: "Millrace", targets: ["Millrace"]),
    .library(name: "MillraceTesting", targets: ["MillraceTesting"]),
    .library(name: "MillraceObserve", targets: ["MillraceObserve"]),
    .library(name: "MillraceWorkflow", targets: ["MillraceWorkflow"]),
    .library(name: "MillraceTasks", targets: ["MillraceTasks"]),
    .library(name: "MillraceSQLite", targets: ["MillraceSQLite"]),
    .library(name: "MillraceConnectors", targets: ["MillraceConnectors"]),
    .library(name: "MillraceDashboard", targets: ["MillraceDashboard"]),
    .library(name: "MillraceWfFormat", targets: ["MillraceWfFormat"]),
    .library(name: "MillraceBench", targets: ["MillraceBench"]),
    .executable(name: "millrace", targets: ["millrace"]),
  ],
  traits: [
    .trait(
      name: "Jemalloc",
      description:
        "Replace malloc in the whole process by jemalloc, back the arenas by a jemalloc arena of their own, and report its statistics. Needs libjemalloc (Debian: libjemalloc-dev)."
    ),
    .trait(
      name: "Kafka",
      description:
        "Events from and to Kafka, in `MillraceConnectors`. Needs librdkafka (Debian: librdkafka-dev)."
    ),
    .trait(
      name: "NATS",
      description:
        "Events from and to NATS JetStream, in `MillraceConnectors`. Needs the C client (Debian: libnats-dev)."
    ),
    .trait(
      name: "RuntimeHooks",
      description:
        "Allow `installAsGlobal()`, which runs the whole process's Swift concurrency on a work-stealing executor through hooks of the Swift runtime that may change between compiler releases."
    ),
    .trait(
      name: "Workflow",
      description:
        "Workflows from YAML files, their built-in kinds of task, SQLite to keep them, connectors, metrics, traces, alerts and the web page: `MillraceTasks`, `MillraceSQLite`, `MillraceConnectors`, `MillraceDashboard`, and the commands of `millrace` for them. Needs libsqlite3 (Debian: libsqlite3-dev)."
    ),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/apple/swift-crypto", "3.12.3"..<"5.0.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    // Floor 0: what Swift cannot say.
    .target(name: "CMillrace"),
    .target(name: "CMillraceRuntimeHooks"),
    .target(name: "CMillraceKernels", linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .systemLibrary(name: "CJemalloc", providers: [.apt(["libjemalloc-dev"]), .brew(["jemalloc"])]),
    .systemLibrary(name: "CKafka", providers: [.apt(["librdkafka-dev"]), .brew(["librdkafka"])]),
    .systemLibrary(name: "CNATS", providers: [.apt(["libnats-dev"]), .brew(["cnats"])]),

    // Floor 1: data structures.
    .target(
      name: "MillracePrimitives",
      dependencies: [
        "CMillrace",
        .target(name: "CJemalloc", condition: .when(traits: ["Jemalloc"])),
      ],
      swiftSettings: swiftSettings
    ),

    .target(name: "MillraceTimers", swiftSettings: swiftSettings),

    // Floor 2: the only module that owns threads.
    .target(
      name: "MillraceExecutor",
      dependencies: [
        "CMillrace", "MillracePrimitives", "MillraceTimers",
        .target(name: "CMillraceRuntimeHooks", condition: .when(traits: ["RuntimeHooks"])),
      ],
      swiftSettings: swiftSettings
    ),

    // Floor 3: shapes of work.
    .target(
      name: "MillraceGraph",
      dependencies: ["CMillrace", "MillracePrimitives", "MillraceExecutor"],
      swiftSettings: swiftSettings
    ),

    .target(
      name: "MillraceBatch",
      dependencies: ["CMillrace", "CMillraceKernels", "MillracePrimitives", "MillraceExecutor"],
      swiftSettings: swiftSettings
    ),

    // The umbrella.
    .target(
      name: "Millrace",
      dependencies: ["MillraceBatch", "MillraceExecutor", "MillraceGraph"],
      swiftSettings: swiftSettings
    ),

    // Floor 3: recorded workflows, and how they would run.
    .target(name: "MillraceWfFormat", dependencies: ["MillracePrimitives"], swiftSettings: swiftSettings),

    // Floor 4: durable runs.
    .target(name: "MillraceWorkflow", dependencies: ["Millrace", "MillraceWfFormat"], swiftSettings: swiftSettings),

    // Floor 5: what workflows need of others' libraries.
    .target(
      name: "MillraceTasks",
      dependencies: [
        "CMillrace", "Millrace", "MillraceWorkflow",
        .target(name: "MillraceCSV", condition: withWorkflows),
        .product(name: "Crypto", package: "swift-crypto", condition: withWorkflows),
        .product(name: "Logging", package: "swift-log", condition: withWorkflows),
        .product(name: "Yams", package: "Yams", condition: withWorkflows),
      ],
      swiftSettings: swiftSettings
    ),
    .target(
      name: "MillraceSQLite",
      dependencies: [
        "MillraceWorkflow",
        .target(name: "MillraceCSV", condition: withWorkflows),
        .product(name: "GRDB", package: "GRDB.swift", condition: withWorkflows),
        .product(name: "GRDBSQLite", package: "GRDB.swift", condition: withWorkflows),
      ],
      swiftSettings: swiftSettings
    ),

    .target(
      name: "MillraceConnectors",
      dependencies: [
        "CMillrace", "Millrace", "MillraceWorkflow",
        .target(name: "CKafka", condition: .when(traits: ["Kafka"])),
        .target(name: "CNATS", condition: .when(traits: ["NATS"])),
        .target(name: "MillraceSQLite", condition: withWorkflows),
        .target(name: "MillraceTasks", condition: withWorkflows),
        .product(name: "Crypto", package: "swift-crypto", condition: withWorkflows),
      ],
      swiftSettings: swiftSettings
    ),

    // Floor 5: small workloads, for `millrace bench` and the package of benchmarks.
    .target(name: "MillraceBench", dependencies: ["Millrace", "MillraceWorkflow"], swiftSettings: swiftSettings),

    // Floor 5: the simulator and the manual clock, for tests.
    .target(
      name: "MillraceTesting", dependencies: ["MillraceExecutor", "MillracePrimitives", "MillraceWorkflow"],
      swiftSettings: swiftSettings),

    // Floor 6: what was seen, for people and their tools.
    .target(
      name: "MillraceObserve",
      dependencies: [
        "MillraceExecutor", "MillraceGraph", "MillracePrimitives", "MillraceWorkflow",
        .product(name: "Histogram", package: "hdrhistogram-swift"),
        .product(name: "CoreMetrics", package: "swift-metrics", condition: withWorkflows),
        .product(name: "Metrics", package: "swift-metrics", condition: withWorkflows),
        .product(name: "Tracing", package: "swift-distributed-tracing", condition: withWorkflows),
      ],
      swiftSettings: swiftSettings
    ),
    // The page's files, which stand where they are edited: in the folder of the target that serves them.
    .target(name: "CMillraceAssets"),
    .target(
      name: "MillraceDashboard",
      dependencies: [
        "MillraceExecutor", "MillraceObserve", "MillraceWorkflow",
        .target(name: "CMillraceAssets", condition: withWorkflows),
        .product(name: "Crypto", package: "swift-crypto", condition: withWorkflows),
        .product(name: "Logging", package: "swift-log", condition: withWorkflows),
      ],
      exclude: ["Page", "openapi.json"],
      swiftSettings: swiftSettings
    ),

    // Floor 7: the command line and what only it needs.
    .target(
      name: "MillraceCSV",
      dependencies: ["CMillraceKernels", "MillraceExecutor", "MillraceGraph"],
      swiftSettings: swiftSettings
    ),
    .executableTarget(
      name: "millrace",
      dependencies: [
        "CMillrace", "Millrace", "MillraceBench", "MillraceCSV", "MillraceObserve", "MillracePrimitives",
        "MillraceWfFormat", "MillraceWorkflow",
        .target(name: "MillraceConnectors", condition: withWorkflows),
        .target(name: "MillraceDashboard", condition: withWorkflows),
        .target(name: "MillraceSQLite", condition: withWorkflows),
        .target(name: "MillraceTasks", condition: withWorkflows),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/millrace-cli",
      swiftSettings: swiftSettings
    ),

    // Worked examples: what users of the package would write.
    .executableTarget(
      name: "examples",
      dependencies: [
        "Millrace", "MillracePrimitives", "MillraceTesting", "MillraceWorkflow",
        .target(name: "MillraceSQLite", condition: withWorkflows),
        .target(name: "MillraceTasks", condition: withWorkflows),
        .product(name: "ArgumentParser", package: "swift-argument-parser", condition: withWorkflows),
      ],
      swiftSettings: swiftSettings
    ),

    .testTarget(
      name: "MillracePrimitivesTests", dependencies: ["MillracePrimitives"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MillraceTimersTests", dependencies: ["MillraceTimers"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MillraceExecutorTests", dependencies: ["Millrace", "MillraceExecutor"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MillraceGraphTests",
      dependencies: ["Millrace", "MillraceExecutor", "MillraceGraph", "MillracePrimitives", "MillraceTesting"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MillraceBatchTests",
      dependencies: ["Millrace", "MillraceBatch", "MillraceExecutor", "MillraceGraph"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MillraceCSVTests", dependencies: ["MillraceCSV", "Millrace"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MillraceTestingTests", dependencies: ["Millrace", "MillraceTesting"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MillraceObserveTests",
      dependencies: [
        "MillraceBench", "MillraceObserve", "MillraceExecutor", "MillraceGraph", "MillraceTasks", "MillraceTesting",
        "MillraceWorkflow", "millrace",
        .product(name: "Crypto", package: "swift-crypto", condition: withWorkflows),
        .product(name: "CoreMetrics", package: "swift-metrics", condition: withWorkflows),
        .product(name: "Tracing", package: "swift-distributed-tracing", condition: withWorkflows),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MillraceWfFormatTests", dependencies: ["MillraceWfFormat", "MillracePrimitives", "millrace"],
      swiftSettings: swiftSettings),
    .target(
      name: "KernelChecks", dependencies: ["CMillraceKernels"], path: "Tests/KernelChecks", exclude: ["main"]),
    .testTarget(
      name: "MillraceBatchKernelTests", dependencies: ["KernelChecks", "CMillraceKernels"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MillraceWorkflowTests",
      dependencies: ["MillraceWorkflow", "MillraceTesting", "Millrace", "MillracePrimitives"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MillraceSQLiteTests",
      dependencies: [
        "MillracePrimitives", "MillraceSQLite", "MillraceTesting", "MillraceWorkflow",
        .product(name: "GRDB", package: "GRDB.swift", condition: withWorkflows),
        .product(name: "GRDBSQLite", package: "GRDB.swift", condition: withWorkflows),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MillraceTasksTests",
      dependencies: [
        "MillraceTasks", "MillraceWorkflow", "Millrace",
        .target(name: "MillraceSQLite", condition: withWorkflows),
        .product(name: "Logging", package: "swift-log", condition: withWorkflows),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MillraceConnectorsTests",
      dependencies: [
        "Millrace", "MillraceConnectors", "MillracePrimitives", "MillraceTesting", "MillraceWorkflow",
        .target(name: "CKafka", condition: .when(traits: ["Kafka"])),
        .target(name: "MillraceSQLite", condition: withWorkflows),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MillraceDashboardTests",
      dependencies: [
        "Millrace", "MillraceDashboard", "MillraceObserve", "MillraceTesting", "MillraceWorkflow",
        .target(name: "MillraceSQLite", condition: withWorkflows),
        .target(name: "MillraceTasks", condition: withWorkflows),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "ExampleTests",
      dependencies: [
        "examples", "MillraceTesting", "MillraceWorkflow",
        .target(name: "MillraceSQLite", condition: withWorkflows),
        .target(name: "MillraceTasks", condition: withWorkflows),
      ],
      swiftSettings: swiftSettings),
    .testTarget(name: "TidyTests"),
    .executableTarget(name: "ulp", dependencies: ["CMillraceKernels"]),
    .executableTarget(
      name: "stress", dependencies: ["MillraceExecutor", "MillraceGraph", "MillracePrimitives"],
      swiftSettings: swiftSettings),
  ]
)
