"""Writes the MaxMind DB files of the tests, and what another reader finds in them.

    pip install mmdb-writer maxminddb netaddr
    python Tests/Geo/make.py

The networks are those of documentation (RFC 5737, RFC 3849) and some invented ones; nothing comes
from anybody's database. The files are the same on every run.
"""

import pathlib
import random

import maxminddb
import mmdb_writer
from netaddr import IPAddress, IPSet

HERE = pathlib.Path(__file__).parent
COUNTRIES = ["DE", "FR", "RU", "US", "BR", "CN", "JP", "GB", "NO", "ZA"]


def writer(size, **options):
    """A writer whose records have `size` bits, whatever would do."""
    class Sized(mmdb_writer.TreeWriter):
        def _adjust_record_size(self):
            super()._adjust_record_size()
            self.record_size = size

    class Writer(mmdb_writer.MMDBWriter):
        def to_db_file(self, filename):
            meta = {**self._build_meta(), "build_epoch": 1_790_000_000}
            Sized(self.tree, meta, self.int_type, self.float_type).write(filename)

    return Writer(**options)


def record(country, number):
    """Like those of city files: what is looked for stands behind much else."""
    return {
        "city": {"geoname_id": number, "names": {"de": "Stadt " * 12, "en": "City", "ru": "Город"}},
        "continent": {"code": "XX", "names": {"en": "X" * 300}},
        "country": {"geoname_id": number + 1, "is_in_european_union": True, "iso_code": country},
        "location": {"accuracy_radius": 50, "latitude": 52.5, "longitude": -13.25},
        "subdivisions": [{"iso_code": "ZZ", "names": {"en": "Part"}}, {"iso_code": "YY"}],
    }


def main():
    chance = random.Random(2026)
    networks = {"192.0.2.0/24": "DE", "192.0.2.128/25": "FR", "198.51.100.0/24": "RU",
                "203.0.113.7/32": "US", "2001:db8::/32": "BR", "2001:db8:ff00::/40": "JP"}
    for _ in range(120):
        length = chance.randrange(9, 30)
        base = chance.getrandbits(32) >> (32 - length) << (32 - length)
        networks.setdefault(f"{IPAddress(base, 4)}/{length}", chance.choice(COUNTRIES))
        length = chance.randrange(24, 64)
        base = (0x2 << 124 | chance.getrandbits(124)) >> (128 - length) << (128 - length)
        networks.setdefault(f"{IPAddress(base, 6)}/{length}", chance.choice(COUNTRIES))
    ordered = sorted(networks.items(), key=lambda item: int(item[0].split("/")[1]))

    for size in (24, 28, 32):
        made = writer(size, ip_version=6, ipv4_compatible=True, database_type="Test-Country",
                      languages=["en"], description="for the tests")
        for network, country in ordered:
            made.insert_network(IPSet([network]), record(country, len(country)))
        made.to_db_file(str(HERE / f"country-{size}.mmdb"))
    made = writer(24, ip_version=4, database_type="Test-ASN")
    for index, (network, _) in enumerate(ordered):
        if ":" not in network:
            made.insert_network(IPSet([network]), {
                "autonomous_system_number": 64496 + index,
                "autonomous_system_organization": f"Example {index}"})
    made.to_db_file(str(HERE / "asn.mmdb"))
    made = writer(24, ip_version=4, database_type="Test-Lite")
    made.insert_network(IPSet(["192.0.2.0/24"]), {"asn": "AS64500", "country_code": "DE"})
    made.insert_network(IPSet(["198.51.100.0/24"]), {"asn": "AS64501", "country": "FR"})
    made.insert_network(IPSet(["203.0.113.0/24"]), {"registered_country": {"iso_code": "US"}})
    made.to_db_file(str(HERE / "lite.mmdb"))

    addresses = ["0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "::1", "2001:db8::1"]
    for network in networks:
        first = IPSet([network]).iprange().first
        last = IPSet([network]).iprange().last
        version = 6 if ":" in network else 4
        for value in (first, last, first - 1, last + 1):
            if 0 <= value < 1 << (32 if version == 4 else 128):
                addresses.append(str(IPAddress(value, version)))
    lines = []
    with maxminddb.open_database(HERE / "country-24.mmdb") as countries, \
            maxminddb.open_database(HERE / "asn.mmdb") as systems:
        for address in dict.fromkeys(addresses):
            found = countries.get(address)
            country = found["country"]["iso_code"] if found else "-"
            system = None if ":" in address else systems.get(address)
            number = system["autonomous_system_number"] if system else "-"
            lines.append(f"{address} {country} {number}\n")
    (HERE / "expected.txt").write_text("".join(lines))


main()
