import { expect, it } from "vitest";
import type { End } from "../ends.ts";
import { pairsOf } from "./arrows.ts";
import { arrowPath, layOut, type SubnetContents } from "./layout.ts";

const end = (id: string): End => ({
  interfaceId: id,
  instanceId: `i-${id}`,
  vpcId: "vpc-1",
  subnetId: "subnet",
  label: id,
  privateIp: "10.0.0.4",
  publicIp: null,
});
const subnet = (id: string, ends: readonly string[]): SubnetContents => ({
  id,
  name: id,
  cidrBlock: "10.0.0.0/24",
  ends: ends.map(end),
  natIds: [],
});

it.each([
  ["a screen", 1100, 4],
  ["a window", 700, 2],
  ["a phone", 310, 1],
])(
  "F52 draws on %s every instance within its subnet, every subnet within the VPC, and nothing over another",
  (_, room, columns) => {
    const subnets = ["a", "b", "c", "d", "e", "f"].map((name, at) =>
      subnet(
        name,
        Array.from({ length: at + 1 }, (_, number) => `${name}${number}`),
      ),
    );
    const { width, vpc, subnets: boxes, nodes } = layOut(subnets, "203.0.113.1", room);
    expect(new Set(boxes.map(({ x }) => x)).size).toBe(columns);
    for (const { x, width: across } of nodes) expect(x >= 0 && x + across <= width).toBe(true);
    const isWithin = (one: typeof vpc, other: typeof vpc) =>
      one.x >= other.x &&
      one.y >= other.y &&
      one.x + one.width <= other.x + other.width &&
      one.y + one.height <= other.y + other.height;
    for (const box of boxes) {
      expect(isWithin(box, vpc)).toBe(true);
      for (const { interfaceId } of box.subnet.ends) {
        const node = nodes.find(({ id }) => id === interfaceId);
        expect(node && isWithin(node, box)).toBe(true);
      }
    }
    const apart = (one: typeof vpc, other: typeof vpc) =>
      one.x + one.width <= other.x ||
      other.x + other.width <= one.x ||
      one.y + one.height <= other.y ||
      other.y + other.height <= one.y;
    nodes.forEach((one, at) => {
      for (const other of nodes.slice(at + 1)) expect(apart(one, other)).toBe(true);
    });
  },
);

it("F54 draws no two arrows on one another", () => {
  const layout = layOut([subnet("a", ["a1", "a2"]), subnet("b", ["b1"])], "203.0.113.1");
  const pairs = pairsOf(["a1", "a2", "b1"], "", { protocol: "tcp", port: "22" });
  const paths = pairs.map(({ from, to }) => {
    const [one, other] = [from, to].map((id) => layout.nodes.find((node) => node.id === id));
    if (one === undefined || other === undefined) throw new Error(`${from} or ${to} is not drawn`);
    return arrowPath(one, other, layout);
  });
  expect(paths).toHaveLength(15);
  expect(new Set(paths).size).toBe(15);
});
