/// The JSON Schema (draft 2020-12) of the configuration, for editors. It refuses nothing that the
/// loader takes; what no schema can say (ranges of durations, references) only the loader refuses.
package func configurationSchema() -> String {
  let head: [JSON.Member] = [
    .init("$schema", "https://json-schema.org/draft/2020-12/schema"),
    .init("title", "Mystel configuration"),
  ]
  return JSON.object(head).adding(members(of: KeyTable.root.schema())).text() + "\n"
}

private func members(of schema: JSON) -> [JSON.Member] {
  guard case .object(let members) = schema else { return [] }
  return members
}
