import Foundation
import NIOCore
import NIOSSL
import Synchronization

/// The certificate that the management server shows, which can be replaced while it serves.
package final class ManagementTLS: Sendable {
  private let context: Mutex<NIOSSLContext>
  private let files: Files

  /// Both in PEM.
  package struct Files: Sendable, Equatable {
    /// The certificate, and those that lead to a root.
    package var certificate: String
    package var key: String

    package init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// - Throws: `TLSFault`.
  package init(_ files: Files) throws(TLSFault) {
    self.files = files
    context = Mutex(try ManagementTLS.context(files))
  }

  /// Reads the files again; connections from now on get what is in them.
  ///
  /// - Throws: `TLSFault`; what was in force stays then.
  package func reload() throws(TLSFault) {
    let fresh = try ManagementTLS.context(files)
    context.withLock { $0 = fresh }
  }

  /// The handler of a new connection.
  func handler() -> NIOSSLServerHandler {
    NIOSSLServerHandler(context: context.withLock { $0 })
  }

  private static func context(_ files: Files) throws(TLSFault) -> NIOSSLContext {
    let attributes = try? FileManager.default.attributesOfItem(atPath: files.key)
    let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0
    guard mode & 0o007 == 0 else {
      throw TLSFault(path: files.key, message: "everybody may open it: chmod 640 it")
    }
    let chain: [NIOSSLCertificateSource]
    do {
      chain = try NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) }
    } catch {
      throw TLSFault(path: files.certificate, message: "no certificate in PEM: \(error)")
    }
    let key: NIOSSLPrivateKey
    do {
      key = try NIOSSLPrivateKey(file: files.key, format: .pem)
    } catch {
      throw TLSFault(path: files.key, message: "no private key in PEM: \(error)")
    }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    do {
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw TLSFault(
        path: files.certificate, message: "does not go with \(files.key): \(error)")
    }
  }
}

/// Why there is no TLS.
package struct TLSFault: Error, CustomStringConvertible, Sendable {
  package var path: String
  package var message: String
  package var description: String { "management.tls: \(path): \(message)" }
}
