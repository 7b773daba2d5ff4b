import ArgumentParser
import MystelCore
import MystelManage

extension PacksCommand {
  struct Running: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the builds that the running gateway knows.")

    @OptionGroup var options: ControlOptions

    func run() throws {
      let line = ControlRequest.line(.listPacks)
      try options.connect().print(line, options) { (answer: PacksAnswer) in
        var table = TextTable("BUILD", "PATCH", "PACKETS", "LAYOUTS", "HASH", "FROM")
        for pack in answer.items {
          table.add(
            "\(pack.build)", pack.label, "\(pack.packets)", "\(pack.layouts)", pack.hash,
            pack.isImported ? "imported" : "embedded")
        }
        print(table.text)
        print("all together: \(answer.hash)")
      }
    }
  }
}
