import ArgumentParser
import Foundation
import MystelCore
import MystelManage
import Synchronization

/// `mystel top`: the running gateway, live.
struct TopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "Watch the running gateway: rates, sessions, findings.",
    discussion: """
      On a terminal it draws itself anew until q or Ctrl-C. Elsewhere, or with --once, it prints one \
      view, of one interval, and ends. Sessions are ordered by packets a second; their score is what \
      findings have added up to.
      """)

  @OptionGroup var options: ControlOptions

  @Option(help: "Between two views: 1s, 5s.")
  var interval = "2s"

  @Flag(help: "Print one view and end.")
  var once = false

  /// Sessions that are asked for; of more than these the busiest may be missed.
  private static let mostSessions = 5000

  func run() throws {
    let seconds = try BansCommand.seconds(interval)
    guard (1...3600).contains(seconds) else {
      throw ValidationError("--interval is 1s to 1h")
    }
    let connection = try options.connect()
    var before = try sample(connection)
    let isLive = !once && !options.json && isatty(STDOUT_FILENO) == 1
    guard isLive else {
      Thread.sleep(forTimeInterval: Double(seconds))
      let view = TopView(from: before, to: try sample(connection))
      print(
        options.json ? try Shown.json(view.summary) : view.lines(rows: 50).joined(separator: "\n"))
      return
    }
    let terminal = TopTerminal()
    defer {
      terminal.restore()
      TopTerminal.obeySignal()
    }
    terminal.draw(TopView(from: before, to: before).lines(rows: terminal.rows))
    while terminal.waitsForQuit(seconds: Double(seconds)) == false {
      let now: TopSample
      do {
        now = try sample(connection)
      } catch {
        // What was drawn must not hide why it ended.
        terminal.restore()
        throw error
      }
      terminal.draw(TopView(from: before, to: now).lines(rows: terminal.rows))
      before = now
    }
  }

  private func sample(_ connection: ControlConnection) throws -> TopSample {
    let status: StatusAnswer = try connection.ask(ControlRequest.line(.status)).result
    let rules: Page<RuleAnswer> = try connection.ask(ControlRequest.line(.ruleCounts)).result
    var sessions: [SessionAnswer] = []
    var query = SessionQuery(limit: PageRequest.most)
    repeat {
      let line = ControlRequest.line(.listSessions, query)
      let page: Page<SessionAnswer> = try connection.ask(line).result
      sessions += page.items
      query.after = page.next
    } while query.after != nil && sessions.count < Self.mostSessions
    return TopSample(
      status: status, sessions: sessions, rules: rules.items, taken: ContinuousClock.now)
  }
}

/// `signal` under a name that no member of ours hides.
private func systemSignal(_ number: CInt, _ handler: (@convention(c) (CInt) -> Void)?) {
  _ = signal(number, handler)
}

/// A terminal in the hands of `mystel top`: the other screen, no echo, keys one by one.
private final class TopTerminal {
  private var usual = termios()
  private let isInput: Bool
  private var isRestored = false

  init() {
    isInput = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &usual) == 0
    if isInput {
      var raw = usual
      raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
      tcsetattr(STDIN_FILENO, TCSANOW, &raw)
    }
    for number in [SIGTERM, SIGHUP, SIGINT] {
      systemSignal(number) { TopTerminal.signal.store($0, ordering: .relaxed) }
    }
    write("\u{1b}[?1049h\u{1b}[?25l")
  }

  func restore() {
    guard !isRestored else { return }
    isRestored = true
    write("\u{1b}[?25h\u{1b}[?1049l")
    if isInput { tcsetattr(STDIN_FILENO, TCSANOW, &usual) }
  }

  private var size: winsize {
    var size = winsize()
    _ = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size)
    return size
  }

  var rows: Int { size.ws_row > 0 ? Int(size.ws_row) : 24 }

  func draw(_ lines: [String]) {
    let width = size.ws_col > 0 ? Int(size.ws_col) : 80
    let shown = lines.prefix(rows).map { String($0.prefix(width)) + "\u{1b}[K" }
    write("\u{1b}[H" + shown.joined(separator: "\r\n") + "\u{1b}[J")
  }

  /// The signal that asked for the end; 0 for none.
  private static let signal = Atomic<CInt>(0)

  /// Ends the process by the signal that it was sent, now that the terminal is as it was.
  static func obeySignal() {
    let number = signal.load(ordering: .relaxed)
    guard number != 0 else { return }
    systemSignal(number, SIG_DFL)
    // This may be a thread that takes no signals: another one does.
    kill(getpid(), number)
    sleep(1)
  }

  /// Whether q or Ctrl-C was pressed within so many seconds, or a signal says that this is to end.
  func waitsForQuit(seconds: Double) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
      if Self.signal.load(ordering: .relaxed) != 0 { return true }
      var polled = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard isInput, poll(&polled, 1, 100) > 0 else {
        if !isInput { usleep(100_000) }
        continue
      }
      var key: UInt8 = 0
      guard read(STDIN_FILENO, &key, 1) == 1 else { return true }
      if key == UInt8(ascii: "q") || key == 3 { return true }
    }
    return false
  }

  private func write(_ text: String) { StandardError.write(text, to: STDOUT_FILENO) }
}
