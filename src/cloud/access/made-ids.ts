import type { ResourceType, TouchedResource } from "../../ec2/policy/index.ts";

/** The types of resources by what their ids begin with. */
export const ID_TYPES: Readonly<Record<string, ResourceType>> = {
  acl: "network-acl",
  ami: "image",
  eipalloc: "elastic-ip",
  eni: "network-interface",
  i: "instance",
  igw: "internet-gateway",
  key: "key-pair",
  lt: "launch-template",
  nat: "natgateway",
  rtb: "route-table",
  sg: "security-group",
  sgr: "security-group-rule",
  snap: "snapshot",
  subnet: "subnet",
  vol: "volume",
  vpc: "vpc",
};

/** By an id's beginning; undefined for what has no type that policies know. */
export function typeOfId(id: string): ResourceType | undefined {
  const prefix = id.slice(0, Math.max(0, id.indexOf("-")));
  return Object.hasOwn(ID_TYPES, prefix) ? ID_TYPES[prefix] : undefined;
}

/** A launch of hundreds is told of by the first of them. */
const MAX_MADE = 50;
const MAX_DEPTH = 8;

/**
 * The ids of what a call has made: those in its answer that are of a type of which it was to make something, and of what was
 * made with them (`partsOf`), which one API's answer tells and the other's does not.
 */
export function madeIds(
  answer: unknown,
  touched: readonly TouchedResource[] | string,
  partsOf: (id: string) => readonly string[],
): string[] {
  if (typeof touched === "string") return [];
  const types = new Set(touched.filter(({ id }) => id === undefined).map(({ type }) => type));
  const isMade = (id: string) => {
    const type = typeOfId(id);
    return type !== undefined && types.has(type);
  };
  const found = types.size === 0 ? [] : idsIn(answer).filter(isMade);
  return [...new Set(found.flatMap((id) => [id, ...partsOf(id).filter(isMade)]))].sort().slice(0, MAX_MADE);
}

function idsIn(answer: unknown): string[] {
  const found = new Set<string>();
  const look = (value: unknown, depth: number): void => {
    if (found.size >= MAX_MADE || depth > MAX_DEPTH) return;
    if (typeof value === "string") {
      if (/^[a-z]+-[0-9a-f]{17}$/.test(value)) found.add(value);
    } else if (Array.isArray(value)) for (const item of value) look(item, depth + 1);
    else if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
      for (const item of Object.values(value)) look(item, depth + 1);
  };
  look(answer, 0);
  return [...found];
}
