import { CloudError } from "../../base/errors.ts";
import { type ParameterNode, shorten } from "./parameters.ts";
import type { ListShape, ScalarShape, Shape, StructureShape } from "./shape.ts";
import { NOT_XML } from "./xml.ts";

/** What EC2 says instead of `MissingParameter` when these members of the input are not there. */
export type Missing = Readonly<Record<string, () => CloudError>>;

/**
 * Makes an operation's input object of its parameters: what the SDK's caller had given.
 *
 * Throws `UnknownParameter`, `MissingParameter`, and `InvalidParameterValue` for a value that is not of its type.
 */
export function decodeInput(
  shape: StructureShape,
  parameters: ParameterNode,
  missing: Missing = {},
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const [key, node] of parameters.children) {
    const member = shape.byKey.get(key);
    if (member === undefined) {
      const text = `The parameter ${shorten(node.path)} is not recognized`;
      throw new CloudError("UnknownParameter", text, { parameter: shorten(node.path) });
    }
    input[member.name] = decode(member.shape, node);
  }
  for (const { name, key, required } of shape.members) {
    if (!required || input[name] !== undefined) continue;
    if (missing[name] !== undefined) throw missing[name]();
    const parameter = parameters.path === "" ? key : `${parameters.path}.${key}`;
    throw new CloudError("MissingParameter", `The request must contain the parameter ${parameter}`, { parameter });
  }
  return input;
}

function decode(shape: Shape, node: ParameterNode): unknown {
  if (shape.kind !== "structure" && shape.kind !== "list") return decodeScalar(shape, node);
  if (node.value !== undefined) throw invalid(node, "It has parts, and no value of its own.");
  return shape.kind === "structure" ? decodeInput(shape, node) : decodeList(shape, node);
}

/** The numbers only say the order; EC2 does not mind gaps. */
function decodeList(shape: ListShape, node: ParameterNode): unknown[] {
  const items = [...node.children].map(([key, item]) => {
    if (/^(?:0|[1-9][0-9]{0,8})$/.test(key)) return { number: Number(key), item };
    throw invalid(item, "The items of a list are numbered: 1, 2, and so on.");
  });
  items.sort((a, b) => a.number - b.number);
  return items.map(({ item }) => decode(shape.member, item));
}

function decodeScalar({ kind }: ScalarShape, node: ParameterNode): unknown {
  const { value } = node;
  if (value === undefined || node.children.size > 0) throw invalid(node, "It has no parts.");
  switch (kind) {
    case "string":
      if (NOT_XML.test(value)) throw invalid(node, "It contains characters that are not allowed.");
      return value;
    case "boolean":
      if (!/^(?:true|false)$/i.test(value)) throw invalid(node, "It must be true or false.");
      return value.toLowerCase() === "true";
    case "number":
      if (!/^-?[0-9]{1,17}(?:\.[0-9]{1,17})?(?:[eE][-+]?[0-9]{1,2})?$/.test(value))
        throw invalid(node, "It must be a number.");
      return Number(value);
    case "timestamp":
      return decodeTimestamp(value, node);
    case "blob":
      return decodeBlob(value, node);
  }
}

/** RFC 3339, as the SDKs send it. */
function decodeTimestamp(value: string, node: ParameterNode): Date {
  const isTimestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(value);
  const date = new Date(isTimestamp ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) throw invalid(node, "It must be a time such as 2026-01-31T09:05:00Z.");
  return date;
}

function decodeBlob(value: string, node: ParameterNode): Uint8Array {
  // RFC 4648 §4, with its padding: atob alone takes spaces and missing padding too.
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)) {
    throw invalid(node, "It must be base64-encoded.");
  }
  return Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
}

function invalid({ value, path }: ParameterNode, why: string): CloudError {
  // A value that is no text must not spoil the answer that tells of it.
  const shown = shorten(value ?? "").replaceAll(new RegExp(NOT_XML, "gu"), "\uFFFD");
  const text = `Value (${shown}) for parameter ${shorten(path)} is invalid. ${why}`;
  return new CloudError("InvalidParameterValue", text, { parameter: shorten(path) });
}
