import CPack

/// The files of `Packs/tera` that the program carries.
package enum EmbeddedPack {
  /// One file: its path from `Packs/tera` on, and its text.
  package struct File: Sendable, Equatable {
    package var path: String
    package var text: String
    package init(path: String, text: String) {
      self.path = path
      self.text = text
    }
  }

  /// In the order of their paths.
  package static let files: [File] = {
    // Safety: the table and what it points to are constants of the program.
    let table = UnsafeBufferPointer(
      start: mystel_pack_first(), count: Int(mystel_pack_file_count))
    return table.map { file in
      let bytes = UnsafeBufferPointer(start: file.bytes, count: file.count)
      return File(path: String(cString: file.path), text: String(decoding: bytes, as: UTF8.self))
    }
  }()

  /// The files of one folder.
  package static func files(in folder: String) -> [File] {
    files.filter { $0.path.hasPrefix(folder + "/") }
  }
}
