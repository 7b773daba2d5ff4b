// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableExperimentalFeature("Lifetimes"),
]

/// For what runs once a packet. Exclusive access is then checked at compile time, and at run time in
/// debug builds alone: in release builds that check took 4 % of a relayed packet (ADR 0013).
let hot: [SwiftSetting] =
  strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
]
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
  name: "mystel",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "MystelWire", targets: ["MystelWire"]),
    .executable(name: "mystel", targets: ["mystel"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
  ],
  targets: [
    // The arrow: bytes -> packets -> verdicts -> sockets. See docs/ARCHITECTURE.md.
    .target(name: "MystelWire", swiftSettings: hot),
    .target(name: "MystelCore", dependencies: ["MystelWire"], swiftSettings: hot),
    .target(
      name: "MystelConfig",
      dependencies: [
        "CPack", "MystelWire", "MystelCore", .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: strict),
    .target(
      name: "MystelStore",
      dependencies: [
        "MystelWire", "MystelCore", log, .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    // The encrypted way from players to the gateway. No I/O, no clock, no randomness.
    .target(
      name: "MystelTunnel",
      dependencies: ["MystelWire", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: hot),
    // Debian's liburing, linked statically: the release must not want a shared library.
    .target(name: "CLiburing", linkerSettings: [.linkedLibrary(":liburing.a")]),
    // Sockets on io_uring: everything unsafe about it. Knows nothing of sessions.
    .target(name: "MystelRing", dependencies: ["CLiburing"], swiftSettings: hot),
    .target(
      name: "MystelNet",
      dependencies: [
        "MystelWire", "MystelCore", "MystelRing", "MystelTunnel", log,
        .product(name: "Crypto", package: "swift-crypto"),
      ] + nio,
      swiftSettings: hot),
    // Operations of the gateway on the wire: JSON lines, HTTP, metrics. Core only; what does them is
    // handed in.
    .target(
      name: "MystelManage",
      dependencies: [
        "CDashboard", "MystelWire", "MystelCore", log,
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ] + nio,
      swiftSettings: strict),
    // Calls outward: what operators and their other programs are told by HTTP.
    .target(
      name: "MystelNotify",
      dependencies: [
        "MystelWire", "MystelCore", log,
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Mustache", package: "swift-mustache"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ] + nio,
      swiftSettings: strict),
    .target(
      name: "MystelSim", dependencies: ["MystelWire", "MystelCore"] + nio, swiftSettings: strict),
    .target(
      name: "MystelTesting",
      dependencies: [
        "MystelWire", "MystelCore", "MystelTunnel",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    // The files of Packs/tera, embedded.
    .target(name: "CPack"),
    // The files of Dashboard, embedded.
    .target(name: "CDashboard"),
    // epoll, affinity and spawning for `mystel bench`: what Swift's C library modules leave out.
    .target(name: "CLinux"),
    .executableTarget(
      name: "mystel",
      dependencies: [
        "CLinux", "MystelWire", "MystelCore", "MystelConfig", "MystelNet", "MystelManage",
        "MystelNotify", "MystelSim", "MystelStore", "MystelTunnel", log,
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ] + nio,
      swiftSettings: strict),

    .target(name: "CAllocations", path: "Tests/CAllocations"),
    .testTarget(
      name: "MystelWireTests", dependencies: ["MystelWire", "MystelTesting"],
      swiftSettings: strict),
    .testTarget(
      name: "MystelCoreTests",
      dependencies: ["MystelWire", "MystelCore", "MystelTesting", "CAllocations"],
      swiftSettings: strict),
    .testTarget(
      name: "MystelConfigTests",
      dependencies: ["MystelWire", "MystelCore", "MystelConfig", "MystelTesting"],
      swiftSettings: strict),
    .testTarget(
      name: "MystelStoreTests",
      dependencies: [
        "MystelWire", "MystelCore", "MystelStore", "MystelTesting", log,
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "MystelTunnelTests",
      dependencies: [
        "MystelWire", "MystelTunnel", "MystelTesting",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "MystelManageTests",
      dependencies: [
        "MystelWire", "MystelCore", "MystelManage",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ] + nio,
      swiftSettings: strict),
    .testTarget(
      name: "MystelNotifyTests",
      dependencies: ["MystelCore", "MystelNotify", log] + nio,
      swiftSettings: strict),
    .testTarget(name: "MystelRingTests", dependencies: ["MystelRing"], swiftSettings: strict),
    .testTarget(
      name: "MystelNetTests",
      dependencies: [
        "MystelWire", "MystelCore", "MystelConfig", "MystelNet", "MystelSim", "MystelTesting",
        "MystelTunnel", log, .product(name: "Crypto", package: "swift-crypto"),
      ] + nio,
      swiftSettings: strict),
    .testTarget(
      name: "MystelSimTests",
      dependencies: ["MystelWire", "MystelCore", "MystelSim", "MystelTesting"] + nio,
      swiftSettings: strict),
    .testTarget(
      name: "PackTests",
      dependencies: [
        "MystelWire", "MystelCore", "MystelConfig", "MystelSim", "MystelTesting",
      ],
      swiftSettings: strict),
    .testTarget(name: "TidyTests", swiftSettings: strict),
  ]
)
