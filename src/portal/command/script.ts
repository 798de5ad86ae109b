import type { Ec2Request } from "./cli.ts";

/** A call of this portal's own API: `cloud.volumes.create({…})`, or with an id `cloud.instances.get("i-…").stop()`. */
export interface ApiCall {
  /** E.g. "volumes.create", or "instance.stop". */
  readonly member: string;
  /** Of the instance, where it is one's. */
  readonly id?: string;
  readonly args: readonly unknown[];
  /** What it is in EC2's API, where that is not told by the call itself. */
  readonly ec2?: readonly Ec2Request[];
}

const WIDTH = 80;

/** The line of TypeScript that does the same. */
export function scriptOf({ member, id, args }: ApiCall): string {
  const given = args.filter((arg) => arg !== undefined).map((arg) => literal(arg));
  const target = id === undefined ? member : member.replace("instance.", `instances.get(${literal(id)}).`);
  return `await cloud.${target}(${given.join(", ")});`;
}

function literal(value: unknown, indent = ""): string {
  if (Array.isArray(value))
    return enclosed(
      "[",
      value.map((item) => literal(item, `${indent}  `)),
      "]",
      indent,
    );
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined
      ? []
      : [`${/^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name)}: ${literal(member, `${indent}  `)}`],
  );
  if (members.length === 0) return "{}";
  return enclosed("{ ", members, " }", indent);
}

/** On one line as long as that is short. */
function enclosed(open: string, parts: readonly string[], close: string, indent: string): string {
  const line = `${open}${parts.join(", ")}${close}`;
  if (line.length <= WIDTH - indent.length && !line.includes("\n")) return line;
  return `${open.trim()}\n${parts.map((part) => `${indent}  ${part},\n`).join("")}${indent}${close.trim()}`;
}
