import { describe, expect, it } from "vitest";
import { tcp } from "../../../test/support/filter-lab.ts";
import { NetworkLab, type NetworkLabModel } from "../../../test/support/network-lab.ts";

const BASTION = "10.0.0.10";
const PUBLIC = "198.51.100.10";
const INNER = "10.0.1.20";
const PAGE = "203.0.113.1";

const world = (bastionRules: readonly string[]): NetworkLabModel => ({
  vpcs: { "vpc-1": { cidr: "10.0.0.0/16", gateway: "in" } },
  subnets: {
    "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24", routes: ["0.0.0.0/0 igw-vpc-1"] },
    "subnet-2": { vpc: "vpc-1", cidr: "10.0.1.0/24", routes: ["0.0.0.0/0 igw-vpc-1"] },
  },
  interfaces: {
    "eni-bastion": { subnet: "subnet-1", ip: BASTION, publicIp: PUBLIC, groups: ["sg-bastion"] },
    "eni-inner": { subnet: "subnet-2", ip: INNER, publicIp: "198.51.100.20", groups: ["sg-inner"] },
    "eni-other": { subnet: "subnet-1", ip: "10.0.0.30", groups: ["sg-other"] },
  },
  groups: {
    "sg-bastion": [...bastionRules, "out all 0.0.0.0/0"],
    "sg-inner": ["in tcp 22 sg-bastion", "out all 0.0.0.0/0"],
    "sg-other": ["out all 0.0.0.0/0"],
  },
});
const fromPage = world([`in tcp 22 ${PAGE}/32`]);

describe("a bastion, with frames", () => {
  it("F55: page to bastion and bastion to inner host pass; page or neighbour to inner host hear nothing, not even a RST", async () => {
    const lab = new NetworkLab(fromPage);
    const [bastion, inner, other] = [lab.card("eni-bastion"), lab.card("eni-inner"), lab.card("eni-other")];
    await lab.fromOutside(tcp(`${PAGE}:50000`, `${PUBLIC}:22`, "S"));
    expect(bastion.take()).toMatchObject([{ destinationPort: 22 }]);
    await bastion.send(tcp(`${BASTION}:22`, `${PAGE}:50000`, "SA"));
    expect(lab.outside.splice(0)).toMatchObject([{ sourcePort: 22, destinationPort: 50000 }]);

    await bastion.send(tcp(`${BASTION}:40000`, `${INNER}:22`, "S"));
    expect(inner.take()).toMatchObject([{ sourcePort: 40000 }]);
    await inner.send(tcp(`${INNER}:22`, `${BASTION}:40000`, "SA"));
    expect(bastion.take()).toMatchObject([{ destinationPort: 40000 }]);

    await lab.fromOutside(tcp(`${PAGE}:50001`, "198.51.100.20:22", "S"));
    await other.send(tcp("10.0.0.30:40000", `${INNER}:22`, "S"));
    expect([inner.take(), other.take(), lab.outside]).toEqual([[], [], []]);
    expect(lab.network.filter.counters("eni-inner")?.ingress.droppedBy).toEqual({ "no-rule": 2 });
  });

  it("F54: the session that the page has survives the removal of its rule; the next one is not made", async () => {
    const lab = new NetworkLab(fromPage);
    const bastion = lab.card("eni-bastion");
    await lab.fromOutside(tcp(`${PAGE}:50000`, `${PUBLIC}:22`, "S"));
    await bastion.send(tcp(`${BASTION}:22`, `${PAGE}:50000`, "SA"));
    lab.configure(world([]));
    bastion.take();
    await lab.fromOutside(tcp(`${PAGE}:50000`, `${PUBLIC}:22`, "PA"));
    await lab.fromOutside(tcp(`${PAGE}:50001`, `${PUBLIC}:22`, "S"));
    expect(bastion.take()).toMatchObject([{ sourcePort: 50000 }]);
  });

  it("F54: one that everyone might make stops at once when its port is closed, in both directions", async () => {
    const lab = new NetworkLab(world(["in tcp 80 0.0.0.0/0"]));
    const bastion = lab.card("eni-bastion");
    await lab.fromOutside(tcp(`${PAGE}:50000`, `${PUBLIC}:80`, "S"));
    await bastion.send(tcp(`${BASTION}:80`, `${PAGE}:50000`, "SA"));
    await lab.fromOutside(tcp(`${PAGE}:50000`, `${PUBLIC}:80`, "A"));
    expect([bastion.take().length, lab.outside.splice(0).length]).toEqual([2, 1]);
    lab.configure(world([]));
    await bastion.send(tcp(`${BASTION}:80`, `${PAGE}:50000`, "PA"));
    await lab.fromOutside(tcp(`${PAGE}:50000`, `${PUBLIC}:80`, "PA"));
    expect([bastion.take(), lab.outside]).toEqual([[], []]);
  });
});
