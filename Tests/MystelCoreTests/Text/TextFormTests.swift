import MystelCore
import MystelTesting
import Testing

/// What may stand in chat, in plain texts and in names. Source: docs/protocol/tera.md#chat
@Suite struct TextFormTests {
  @Test(
    "tags that the client does not write are taken out of chat",
    arguments: [
      ("<script>alert(1)</script>", "alert(1)"), ("<b>a</b>", "a"), ("a < b", "a  b"),
      ("a > b", "a  b"), ("<", ""), (">", ""), ("<<", ""), ("<>", ""), ("><", ""),
      ("<<b>script>x", "scriptx"), ("<b<b>>x", "bx"), ("<fo<b>nt>", "font"),
      ("<<font>>", "<font>"), ("<img src=\"http://x\">", ""), ("</>", ""), ("<//font>", ""),
      ("<font >", ""), ("< font>", ""), ("<fontx>", ""), ("</font >", ""), ("<font/>", ""),
      ("<font color=\"red\">", ""), ("<font color=\"#\">", ""), ("<font color=\"#1234567\">", ""),
      ("<font color=\"#12345g\">", ""), ("<font color='#123456'>", ""),
      ("<font size=\"99\">", ""), ("<font color=\"#fff\" size=\"99\">", ""),
      ("<font face=\"$chatfont\" size=\"99\" color=\"#fff\">", ""),
      ("<font color=\"#fff\" onclick=\"x\">", ""), ("<font\tcolor=\"#fff\">", ""),
      ("<chatlinkaction>", ""), ("<ChatLinkAction param=\"\">", ""),
      ("<ChatLinkAction param=\"1#####1@2@\">", ""),
      ("<ChatLinkAction param=\"1#####1@2@a@b\">", ""),
      ("<ChatLinkAction param=\"1#####1@2@a#b\">", ""),
      ("<ChatLinkAction param=\"1#####@2@a\">", ""),
      ("<ChatLinkAction param=\"1#####x@2@a\">", ""),
      ("<ChatLinkAction param=\"2#####1@2@a\">", ""),
      ("<ChatLinkAction param=\"3#####1_2_3@4@1,2\">", ""),
      ("<ChatLinkAction param=\"3#####1_2_3@4@1,2,3,4\">", ""),
      ("<ChatLinkAction param=\"3#####1_2_3@4@1.,2,3\">", ""),
      ("<ChatLinkAction param=\"3#####1_2_3@4@nan,2,3\">", ""),
      ("<ChatLinkAction param=\"1#####1@2@a\" onclick=\"x\">", ""),
      ("<ChatLinkAction param=\"1#####1@2@a", "ChatLinkAction param=\"1#####1@2@a"),
    ])
  func attacks(text: String, left: String) {
    #expect(Units(text).cleaned(as: .markup) == Units(left))
    #expect(!Units(text).isAccepted(as: .markup))
    #expect(Units(left).isAccepted(as: .markup))
  }

  @Test(
    "what the client writes is left alone, in letters of either case",
    arguments: [
      "", "hello", "a & b &lt; c", "<FONT>hi</FONT>", "<font color=\"#f\">x</font>",
      "<FONT COLOR=\"#AbCdEf\">x</FONT>", "<font face=\"$chatfont\" size=\"18\" color=\"#fff\">",
      "<font color=\"#00ff00\" kerning=\"0\">", "</ChatLinkAction>",
      "<ChatLinkAction param=\"1#####88704@123456789@Velika's Sword\">[x]</ChatLinkAction>",
      "<chatlinkaction PARAM=\"3#####1_24_183@7005@-449.5,6358,1956.25\">map</chatlinkaction>",
      "漢字 <FONT>한글</FONT>",
    ])
  func genuine(text: String) {
    #expect(Units(text).isAccepted(as: .markup))
    #expect(Units(text).cleaned(as: .markup) == Units(text))
  }

  @Test("a tag longer than any of the client's is none")
  func longTag() {
    let tag = "<ChatLinkAction param=\"1#####1@2@" + String(repeating: "a", count: 600) + "\">"
    #expect(!Units(tag).isAccepted(as: .markup))
    #expect(Units(tag).cleaned(as: .markup).isAccepted(as: .markup))
  }

  @Test("plain text has no < > and &")
  func plain() {
    #expect(Units("a<b>&lt;c").cleaned(as: .plain) == Units("ablt;c"))
    for text in ["<", ">", "&"] { #expect(!Units(text).isAccepted(as: .plain)) }
    for text in ["", "a b", "\"'"] { #expect(Units(text).isAccepted(as: .plain)) }
  }

  @Test(
    "a name has nothing that cannot be seen, that turns text round, or that is markup",
    arguments: [
      0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0xfeff,
      0x00a0, 0x00ad, 0x034f, 0x061c, 0x115f, 0x1160, 0x1680, 0x17b4, 0x17b5, 0x180b, 0x180e,
      0x1ab0, 0x2000, 0x2028, 0x3000, 0x3164, 0xffa0, 0xfe0f, 0x0301, 0x0488, 0x0a, 0x09, 0x3c,
      0x3e, 0x26, 0x22, 0x60, 0x40, 0x25, 0x5c, 0x2f, 0xd83d, 0xde00, 0xffff, 0x7f, 0x85, 0x1806,
    ] as [UInt16])
  func badName(unit: UInt16) {
    let name = Units([0x61, unit, 0x62])
    #expect(!name.isAccepted(as: .name))
    #expect(name.cleaned(as: .name) == Units("ab"))
  }

  @Test("letters that look alike do not stand in one name: the alphabet it begins in stays")
  func lookAlikes() {
    for (name, rest) in [("p\u{430}ypal", "pypal"), ("\u{391}lex", "\u{391}"), ("Пётp1", "Пёт1")] {
      #expect(!Units(name).isAccepted(as: .name))
      #expect(Units(name).cleaned(as: .name) == Units(rest))
    }
    for name in ["Пётр 2", "Älex", "Άλεξ", "王Alex", "テスト-a"] {
      #expect(Units(name).isAccepted(as: .name))
    }
  }

  @Test("spaces stand alone inside a name")
  func spaces() {
    for name in [" a", "a ", "a  b", " "] { #expect(!Units(name).isAccepted(as: .name)) }
    #expect(Units("  a   b  ").cleaned(as: .name) == Units("a b"))
    #expect(Units(" < ").cleaned(as: .name) == Units(""))
  }

  @Test(
    "names of players are names",
    arguments: [
      "Elleon", "royalBush4806", "Jean-Luc", "D'Artagnan", "Knights of Velika", "A.B_c", "Żółć",
      "Жанна", "Ελένη", "漢字", "ひらがな", "カタカナ", "한글이름", "שלום", "محمد", "",
    ])
  func goodName(name: String) {
    #expect(Units(name).isAccepted(as: .name))
    #expect(Units(name).cleaned(as: .name) == Units(name))
  }

  @Test(
    "what was cleaned is accepted, and clean text is accepted as it is",
    arguments: Rule.TextForm.allCases)
  func cleaned(form: Rule.TextForm) {
    let words = [
      "<", ">", "/", "font", "FONT", " ", "  ", "color=\"#", "a", "b", "0", "\"", "#", "&", "<b>",
      "</font>", "<font>", "<ChatLinkAction param=\"", "1#####1@2@x\">", "3#####1_2_3@4@-1,2.5,3",
      "</ChatLinkAction>", "-", ".", "é", "漢", "\u{202e}", "\u{3164}", "😀",
      " face=\"$chatfont\" size=\"18\"", " kerning=\"0\"",
    ]
    let parts = words.map { Array($0.utf16) } + [[0xd800], [0xdc00], [0xffff], [7]]
    var random = SplitMix64(seed: 23)
    var untouched = 0
    for round in 0..<20_000 {
      let text = Units.random(parts, &random)
      let clean = text.cleaned(as: form)
      #expect(clean.isAccepted(as: form), "round \(round): \(text) became \(clean)")
      #expect(clean.cleaned(as: form) == clean, "round \(round): \(text)")
      #expect(text.isAccepted(as: form) == (clean == text), "round \(round): \(text)")
      #expect(clean.units.count <= text.units.count)
      if clean == text { untouched += 1 }
    }
    #expect(untouched > 10)
  }

  @Test("nothing but the allowed tags is left of hostile chat, as told by another reader")
  func reference() throws {
    let parts = [
      "<", ">", "</", "font", "b", "<b>", "<font>", "</FONT>", "<font color=\"#12ab\">", " ",
      "<ChatLinkAction param=\"1#####1@2@x\">", "</chatlinkaction>", "x",
    ].map { Array($0.utf16) }
    let allowed = try Self.allowed
    var random = SplitMix64(seed: 29)
    for round in 0..<5_000 {
      let text = Units.random(parts, &random)
      let clean = String(decoding: text.cleaned(as: .markup).units, as: UTF16.self)
      let rest = clean.replacing(allowed, with: "")
      #expect(!rest.contains { "<>".contains($0) }, "round \(round): \(text) became \(clean)")
    }
  }

  /// The allow-list as a pattern.
  private static var allowed: Regex<AnyRegexOutput> {
    get throws {
      try Regex(
        "(?i)</?font>|</chatlinkaction>"
          + "|<font (face=\"\\$chatfont\" size=\"18\" )?color=\"#[0-9a-f]{1,6}\"( kerning=\"0\")?>"
          + "|<chatlinkaction param=\"1#####\\d+@\\d+@[^#@\"<>]+\">")
    }
  }
}
