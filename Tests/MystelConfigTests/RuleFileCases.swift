extension RuleFileTests {
  static let cases: [RuleFileCase] = keys + meanings + names

  private static let keys: [RuleFileCase] = [
    .init("no checks", "", "1:1: checks: is missing: write a list of checks"),
    .init("checks of nothing", "checks: []\n", "7:9: checks: must not be empty"),
    .init("checks that are no list", "checks: 5\n", "7:9: checks: must be a list, not 5"),
    .init(
      "a check that is no section", "checks: [5]\n",
      "7:10: checks[0]: must be a section (lines of key: value), not 5"),
    .init(
      "an unknown key", "wieght: 5\nchecks:\n  - state: topo_finished\n",
      "7:1: wieght: unknown key; did you mean weight?"),
    .init(
      "a key twice", "title: x\nchecks:\n  - state: topo_finished\n",
      "7:1: title: duplicate key; the first one is on line 1"),
    .init(
      "an action that is none", "modes: {balanced: on}\nchecks:\n  - state: topo_finished\n",
      "7:19: modes.balanced: must be one of off, shadow, enforce, not on"),
    .init(
      "a build that is no number", "builds: [x]\nchecks:\n  - state: topo_finished\n",
      "7:10: builds[0]: must be a number (1 to 4294967295), not x"),
    .init(
      "one strike", "close_after: 1\nchecks:\n  - state: topo_finished\n",
      "7:14: close_after: 1 is out of range: 2 to 200"),
    .check(
      "an unknown key of a check", "{packets: [C_CHAT], feild: channel, at_most: 1}",
      "8:25: checks[0].feild: unknown key; did you mean field?"),
    .check(
      "text for a number", "{packets: [C_CHAT], field: channel, at_most: many}",
      "8:50: checks[0].at_most: many is no whole number of 64 bits"),
    .check(
      "a number beyond 64 bits",
      "{packets: [C_CHAT], field: channel, at_most: 9223372036854775808}",
      "8:50: checks[0].at_most: 9223372036854775808 is no whole number of 64 bits"),
    .check(
      "a structure that is none", "{structure: refrences}",
      "8:17: checks[0].structure: refrences is none of direction, unknown_opcode, "
        + "too_short, too_long, trailing, references, order, unterminated, text_form, limits, "
        + "not_finite, bool, interleaving, first_packet, phase, login_order, login_repeated; did you mean references?"
    ),
    .check(
      "a state that is none", "{state: topo_finish}",
      "8:13: checks[0].state: topo_finish is none of topo_finished, select_in_game, "
        + "revive_alive, contract_unknown, channel_not_joined, foreign_character; did you mean "
        + "topo_finished?"
    ),
    .check(
      "a text that is none", "{packets: [C_CHAT], field: message, text: markdown}",
      "8:47: checks[0].text: markdown is none of markup, plain, name"),
  ]

  private static let meanings: [RuleFileCase] = [
    .check(
      "no packets", "{field: channel, at_most: 1}",
      "8:5: checks[0]: names no packets: write packets: [C_...]"),
    .check(
      "packets alone", "{packets: [C_CHAT]}",
      "8:5: checks[0]: says nothing of its packets: write field, rate, after or statuses"),
    .check(
      "a field alone", "{packets: [C_CHAT], field: channel}",
      "8:5: checks[0]: says nothing of its field: write at_least, one_of, magnitude, "
        + "longest, text ..."
    ),
    .check(
      "two conditions", "{packets: [C_CHAT], field: channel, at_most: 1, one_of: [1]}",
      "8:5: checks[0]: has more than one condition: write one check for each"),
    .check(
      "bounds the wrong way round", "{packets: [C_CHAT], field: channel, at_least: 2, at_most: 1}",
      "8:5: checks[0]: `at_least` is more than `at_most`"),
    .check(
      "lengths the wrong way round", "{packets: [C_CHAT], field: message, shortest: 2, longest: 1}",
      "8:5: checks[0]: `shortest` is more than `longest`"),
    .check(
      "a multiple of nothing", "{packets: [C_CHAT], field: channel, multiple_of: 0}",
      "8:5: checks[0]: `multiple_of` must be more than 0"),
    .check(
      "a relation to nothing", "{packets: [C_PUT_WARE_ITEM], field: money, relation: not_equal}",
      "8:5: checks[0]: `relation` needs `other`, the second field"),
    .check(
      "another field without a relation",
      "{packets: [C_PUT_WARE_ITEM], field: money, other: amount}",
      "8:5: checks[0]: `other` needs `relation`"),
    .check(
      "a field related to itself",
      "{packets: [C_PUT_WARE_ITEM], field: money, other: money, relation: not_equal}",
      "8:5: checks[0]: `field` and `other` are the same field"),
    .check(
      "a product without its bound",
      "{packets: [C_PUT_WARE_ITEM], field: money, other: amount, relation: product_at_most}",
      "8:5: checks[0]: a product needs `bound`"),
    .check(
      "a rate without a pace", "{packets: [C_CHAT], rate: {burst: 5}}",
      "8:5: checks[0]: a rate needs `per_second`"),
    .check(
      "a rate of nothing", "{packets: [C_CHAT], rate: {per_second: 0, burst: 5}}",
      "8:5: checks[0]: a rate is 0.001 to 1000000 packets a second, a burst 1 to 1000000"),
    .check(
      "a rate that overflows", "{packets: [C_CHAT], rate: {per_second: 0.000101, burst: 999999}}",
      "8:5: checks[0]: a rate is 0.001 to 1000000 packets a second, a burst 1 to 1000000"),
    .check(
      "a structure of packets", "{packets: [C_CHAT], structure: bool}",
      "8:5: checks[0]: `structure` concerns every packet: leave `packets` out"),
    .check(
      "a state of packets", "{packets: [C_CHAT], state: topo_finished}",
      "8:5: checks[0]: `state` says itself which packets it concerns: leave `packets` out"),
    .check(
      "a structure with a field", "{structure: bool, field: x}",
      "8:5: checks[0]: `field` means nothing beside `structure`"),
    .check(
      "a rate on a field", "{packets: [C_CHAT], field: channel, rate: {per_second: 1}}",
      "8:5: checks[0]: `field` means nothing beside `rate`"),
    .check(
      "statuses with bounds", "{packets: [C_CHAT], statuses: [31], at_most: 3}",
      "8:5: checks[0]: `at_most` means nothing beside `statuses`"),
    .check(
      "once after nothing", "{packets: [C_CHAT], field: channel, at_most: 3, once: true}",
      "8:5: checks[0]: `once` means nothing beside `at_most`"),
    .check(
      "a bound without a product", "{packets: [C_CHAT], field: channel, at_most: 3, bound: 3}",
      "8:5: checks[0]: `bound` means nothing beside `at_most`"),
  ]

  private static let names: [RuleFileCase] = [
    .check(
      "a time that no clock shows",
      "{packets: [C_CHAT], after: [S_LOGIN], sooner: {than: 1e300}}",
      "8:58: checks[0].sooner.than: 1e300 is no number from 0 to 86400000"),
    .check(
      "a window that no session lives to see",
      "{packets: [C_CHAT], when: [channel is 3], within: 1e300}",
      "8:55: checks[0].within: 1e300 is no number from 0 to 86400"),
    .check(
      "a packet that no build has", "{packets: [C_CHATT], field: channel, at_most: 3}",
      "8:16: checks[0].packets[0]: no build has a packet C_CHATT; did you mean C_CHAT?"),
    .check(
      "a pattern that matches nothing", "{packets: [C_NOTHING_*], statuses: [31]}",
      "8:16: checks[0].packets[0]: no build has a packet C_NOTHING_*"),
    .check(
      "what comes before is no packet", "{packets: [C_CHAT], after: [S_LOGINN]}",
      "8:33: checks[0].after[0]: no build has a packet S_LOGINN; did you mean S_LOGIN?"),
    .check(
      "what ends it is no packet", "{packets: [C_CHAT], after: [S_LOGIN], until: [C_EXITT]}",
      "8:51: checks[0].until[0]: no build has a packet C_EXITT; did you mean C_EXIT?"),
    .check(
      "a field that the packet has not", "{packets: [C_CHAT], field: chanel, at_most: 3}",
      "8:32: checks[0].field: C_CHAT has no field chanel; did you mean channel?"),
    .check(
      "a field of a list's elements that is none",
      "{packets: [C_CHECK_VERSION], field: version.indx, at_most: 3}",
      "8:41: checks[0].field: C_CHECK_VERSION has no field version.indx; did you mean version?"),
    .check(
      "another field that is none",
      "{packets: [C_PUT_WARE_ITEM], field: money, other: amuont, relation: not_equal}",
      "8:55: checks[0].other: C_PUT_WARE_ITEM has no field amuont; did you mean amount?"),
    .check(
      "fields that nobody knows", "{packets: [C_SET_SEND_PARCEL_MONEY], field: money, at_least: 1}",
      "8:16: checks[0].packets[0]: the fields of C_SET_SEND_PARCEL_MONEY are not known"),
    .check(
      "a number's condition on text", "{packets: [C_CHAT], field: message, at_most: 3}",
      "8:32: checks[0].field: C_CHAT has message, but as nothing that such a condition could be of"),
    .check(
      "a text's condition on a number", "{packets: [C_CHAT], field: channel, text: plain}",
      "8:32: checks[0].field: C_CHAT has channel, but as nothing that such a condition could be of"),
    .check(
      "a float's condition on a number", "{packets: [C_CHAT], field: channel, magnitude: 3}",
      "8:32: checks[0].field: C_CHAT has channel, but as nothing that such a condition could be of"),
    .check(
      "a length of a number", "{packets: [C_CHAT], field: channel, longest: 3}",
      "8:32: checks[0].field: C_CHAT has channel, but as nothing that such a condition could be of"),
    .check(
      "a relation of texts",
      "{packets: [C_WHISPER], field: message, other: target, relation: not_equal}",
      "8:35: checks[0].field: C_WHISPER has no field message beside target that such a "
        + "condition could be of; did you mean message?"
    ),
    .init(
      "a build that no pack describes", "builds: [367082]\nchecks:\n  - state: topo_finished\n",
      "7:10: builds[0]: no pack describes build 367082; did you mean 367080?"
    ),
  ]
}
