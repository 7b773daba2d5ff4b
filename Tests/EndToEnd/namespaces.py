"""Three network namespaces in a row: player 10.71.1.2 - gateway - game server 10.71.2.2.

What the server sends to the player's address comes back through the gateway's host, where a rule
for that interface delivers it locally, as `source_address: transparent` needs it.
"""

import os
import subprocess


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=10)


class Namespaces:
    """Three hosts in a row, and nothing else on their wires."""

    def __init__(self):
        number = os.getpid()
        self.player, self.gateway, self.server = (f"mt{number}{role}" for role in "pgs")
        self.made = []
        try:
            for name in (self.player, self.gateway, self.server):
                ip("netns", "add", name)
                self.made.append(name)
                ip("-n", name, "link", "set", "lo", "up")
            self._wire(self.player, "10.71.1.2/24", self.gateway, "10.71.1.1/24", "front")
            self._wire(self.server, "10.71.2.2/24", self.gateway, "10.71.2.1/24", "back")
            ip("-n", self.player, "route", "add", "default", "via", "10.71.1.1")
            ip("-n", self.server, "route", "add", "default", "via", "10.71.2.1")
            ip("-n", self.gateway, "rule", "add", "iif", "back", "lookup", "100")
            everything = ("local", "0.0.0.0/0", "dev", "lo", "table", "100")
            ip("-n", self.gateway, "route", "add", *everything)
            for name in ("all", "back", "front"):
                self.run(self.gateway, "sysctl", "-qw", f"net.ipv4.conf.{name}.rp_filter=0")
        except BaseException:
            self.close()
            raise

    def _wire(self, host, host_address, gateway, gateway_address, name):
        other_end = ("peer", "name", name, "netns", gateway)
        ip("-n", host, "link", "add", "wire", "type", "veth", *other_end)
        ends = ((host, "wire", host_address), (gateway, name, gateway_address))
        for space, link, address in ends:
            ip("-n", space, "addr", "add", address, "dev", link)
            ip("-n", space, "link", "set", link, "up")

    @staticmethod
    def inside(name):
        return ["ip", "netns", "exec", name]

    def run(self, name, *command):
        subprocess.run([*self.inside(name), *command], check=True, capture_output=True, timeout=10)

    def connections_opened(self, name):
        """How many connections the host began, ever."""
        text = subprocess.run([*self.inside(name), "cat", "/proc/net/snmp"], check=True,
                              capture_output=True, text=True, timeout=10).stdout
        names, values = (line.split() for line in text.splitlines() if line.startswith("Tcp:"))
        return int(dict(zip(names, values))["ActiveOpens"])

    def close(self):
        for name in self.made:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, timeout=10)

    def gateway_listens(self, gateway):
        assert gateway.alive(), gateway.lines
        text = subprocess.run([*self.inside(self.gateway), "cat", "/proc/net/tcp"],
                              capture_output=True, text=True, timeout=10).stdout
        return any(line.split()[3] == "0A" and line.split()[1].endswith(f":{7801:04X}")
                   for line in text.splitlines()[1:])
