extension Configuration {
  /// A program elsewhere that is told what happens.
  package struct Webhook: Sendable, Equatable {
    package enum Format: String, Sendable, CaseIterable {
      /// The event as it is, or what the template makes.
      case json
      /// A message of Discord, and of what takes its form.
      case discord
      /// One line of plain text.
      case text
    }

    /// Where it is: a URL, or where one stands that is a secret.
    package enum Place: Sendable, Hashable {
      case address(WebAddress)
      case secret(SecretSource)
    }

    package var name: String
    package var place: Place
    /// Empty for the usual ones.
    package var events: [GatewayEvent.Kind] = []
    package var format = Format.json
    /// A template of Mustache; empty for none.
    package var template = ""
    /// What messages are signed with.
    package var secret: SecretSource?
    package var timeout = Duration.seconds(5)
    /// Tries after the first.
    package var retries = 5

    package init(name: String, place: Place) {
      self.name = name
      self.place = place
    }

    /// What it is told of.
    package var kinds: Set<GatewayEvent.Kind> { Set(events.isEmpty ? Webhook.usual : events) }

    /// What somebody should be woken up for.
    package static let usual: [GatewayEvent.Kind] = [
      .banAdded, .backendDown, .backendUp, .attack,
    ]
  }
}

extension Configuration {
  /// Open files that calls outward may need: a loop's own, one a webhook, and some for tera-api.
  package var outwardDescriptors: Int {
    4 + webhooks.count + (teraAPI.gateway == nil && teraAPI.arbiter == nil ? 0 : 16)
  }
}
