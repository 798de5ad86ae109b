import type { End } from "../ends.ts";

/** A subnet with what is in it. */
export interface SubnetContents {
  readonly id: string;
  readonly name: string;
  readonly cidrBlock: string;
  readonly ends: readonly End[];
  /** Of its NAT gateways. */
  readonly natIds: readonly string[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface NodeBox extends Box {
  /** "page", "world", or an interface's id. */
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
}

export interface SubnetBox extends Box {
  readonly subnet: SubnetContents;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly vpc: Box;
  readonly gateway: Box;
  readonly subnets: readonly SubnetBox[];
  /** Who can send or be asked. */
  readonly nodes: readonly NodeBox[];
  /** NAT gateways, which only pass on. */
  readonly nats: readonly NodeBox[];
}

export const THIS_PAGE = "page";
export const WORLD = "world";

const NODE = { width: 172, height: 46 };
const NODE_GAP = 30;
/** At each side of a column of nodes: where arrows go up and down. */
const GUTTER = 52;
const SUBNET = { width: NODE.width + 2 * GUTTER, head: 52, foot: 20, gap: 24 };
const MOST_COLUMNS = 4;
/** With two columns arrows have room beside a lone subnet, too. */
const WIDE_COLUMNS = 2;
/** Smaller than this nobody reads it. */
const LEAST_SCALE = 0.8;
const OUTSIDE_Y = 12;
const VPC_Y = 128;
const VPC_HEAD = 74;
const GATEWAY = { width: 190, height: 34 };
const PAD = 24;

const widthOf = (columns: number) => 4 * PAD + columns * SUBNET.width + (columns - 1) * SUBNET.gap;

/** As many as there is room for, on a phone one. */
function columnsFor(subnets: number, room: number): number {
  const wanted = Math.max(WIDE_COLUMNS, Math.min(MOST_COLUMNS, subnets));
  for (let columns = wanted; columns > 1; columns--) {
    if (widthOf(columns) * LEAST_SCALE <= room) return columns;
  }
  return 1;
}

/**
 * Where everything of a VPC is drawn: this page and the world on top, the gateway in the VPC's edge, subnets below. `room` is
 * how wide it is shown, in pixels.
 */
export function layOut(
  subnets: readonly SubnetContents[],
  pageAddress: string,
  room = Number.POSITIVE_INFINITY,
): Layout {
  const columns = columnsFor(subnets.length, room);
  const width = widthOf(columns);
  const apart = Math.min(40, width / 2 - NODE.width - 2);
  const nodes: NodeBox[] = [
    outside(THIS_PAGE, "This page", pageAddress, width / 2 - NODE.width - apart),
    outside(WORLD, "The Internet", "anybody else", width / 2 + apart),
  ];
  const nats: NodeBox[] = [];
  const boxes: SubnetBox[] = [];
  let top = VPC_Y + VPC_HEAD;
  for (let first = 0; first < subnets.length; first += columns) {
    const row = subnets.slice(first, first + columns);
    const most = Math.max(1, ...row.map(({ ends, natIds }) => ends.length + natIds.length));
    const height = SUBNET.head + most * (NODE.height + NODE_GAP) - NODE_GAP + SUBNET.foot;
    row.forEach((subnet, column) => {
      const x = 2 * PAD + column * (SUBNET.width + SUBNET.gap);
      boxes.push({ subnet, x, y: top, width: SUBNET.width, height });
      const at = (index: number) => ({
        ...NODE,
        x: x + GUTTER,
        y: top + SUBNET.head + index * (NODE.height + NODE_GAP),
      });
      subnet.ends.forEach(({ interfaceId, label, privateIp, publicIp }, index) => {
        const subtitle = publicIp === null ? privateIp : `${privateIp}, ${publicIp}`;
        nodes.push({ ...at(index), id: interfaceId, title: label, subtitle });
      });
      subnet.natIds.forEach((id, index) => {
        nats.push({ ...at(subnet.ends.length + index), id, title: "NAT gateway", subtitle: id });
      });
    });
    top += height + SUBNET.gap;
  }
  const bottom = subnets.length === 0 ? top : top - SUBNET.gap + PAD;
  return {
    width,
    height: bottom + PAD,
    vpc: { x: PAD, y: VPC_Y, width: width - 2 * PAD, height: bottom - VPC_Y },
    gateway: { ...GATEWAY, x: width / 2 - GATEWAY.width / 2, y: VPC_Y - GATEWAY.height / 2 },
    subnets: boxes,
    nodes,
    nats,
  };
}

const outside = (id: string, title: string, subtitle: string, x: number): NodeBox => ({
  ...NODE,
  id,
  title,
  subtitle,
  x,
  y: OUTSIDE_Y,
});

const isOutside = ({ id }: NodeBox) => id === THIS_PAGE || id === WORLD;
const middle = ({ x, y, width, height }: Box) => ({ x: x + width / 2, y: y + height / 2 });

/** How far apart the two arrows of a pair are. */
const APART = 7;

/** The line of an arrow, as SVG's path; what comes from outside or leaves goes through the gateway. */
export function arrowPath(from: NodeBox, to: NodeBox, { gateway }: Layout): string {
  const gate = middle(gateway);
  const gateBottom = gateway.y + gateway.height;
  if (isOutside(from)) {
    // This page's beside the world's: where both arrive, both are seen.
    const aside = from.id === THIS_PAGE ? 3 * APART : APART;
    const start = { x: middle(from).x - APART, y: from.y + from.height };
    const end = { x: to.x, y: middle(to).y + APART - aside };
    const enters = { x: gate.x - aside, y: gateBottom };
    return (
      `M ${start.x} ${start.y} C ${start.x} ${start.y + 30}, ${enters.x} ${gateway.y - 34}, ${enters.x} ${gateway.y} ` +
      `L ${enters.x} ${enters.y} C ${enters.x} ${enters.y + 40}, ${end.x - 44} ${end.y - 60}, ${end.x} ${end.y}`
    );
  }
  if (isOutside(to)) {
    const start = { x: from.x + from.width, y: middle(from).y - APART };
    const end = { x: middle(to).x + APART, y: to.y + to.height };
    const leaves = { x: gate.x + APART, y: gateBottom };
    return (
      `M ${start.x} ${start.y} C ${start.x + 44} ${start.y - 60}, ${leaves.x} ${leaves.y + 40}, ${leaves.x} ${leaves.y} ` +
      `L ${leaves.x} ${gateway.y} C ${leaves.x} ${gateway.y - 34}, ${end.x} ${end.y + 30}, ${end.x} ${end.y}`
    );
  }
  if (from.x === to.x) {
    // One above the other: down on the right side, up on the left one.
    const down = from.y < to.y;
    const side = down ? from.x + from.width : from.x;
    const bulge = (down ? 1 : -1) * Math.min(GUTTER - 8, 24 + Math.abs(to.y - from.y) / 12);
    const [a, b] = [middle(from).y + APART, middle(to).y + APART];
    return `M ${side} ${a} C ${side + bulge} ${a}, ${side + bulge} ${b}, ${side} ${b}`;
  }
  const right = from.x < to.x;
  const start = { x: right ? from.x + from.width : from.x, y: middle(from).y + (right ? APART : -APART) };
  const end = { x: right ? to.x : to.x + to.width, y: middle(to).y + (right ? APART : -APART) };
  const reach = (right ? 1 : -1) * 50;
  return `M ${start.x} ${start.y} C ${start.x + reach} ${start.y}, ${end.x - reach} ${end.y}, ${end.x} ${end.y}`;
}
