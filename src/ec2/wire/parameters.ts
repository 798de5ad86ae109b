import { CloudError } from "../../base/errors.ts";

/** A request's parameters as a tree: "Filter.1.Name" is three levels deep. */
export interface ParameterNode {
  /** The full name, e.g. "Filter.1.Name"; empty for the root. */
  readonly path: string;
  value?: string;
  readonly children: Map<string, ParameterNode>;
}

/** More than any call needs: user data has 16 KiB at most, an imported key 64 KiB. */
export const MAX_BODY_BYTES = 2 ** 20;
/** CreateTags with 1000 resources and 50 tags has 1100. */
const MAX_PARAMETERS = 10_000;
/** The longest name of a parameter in EC2's API has some 130 characters. */
const MAX_NAME_LENGTH = 512;
/** The SDK's deepest parameter has 12 levels, apart from structures that contain themselves. */
const MAX_DEPTH = 32;

/**
 * Reads a form (`application/x-www-form-urlencoded`). A name that comes twice, or a form beyond the bounds, is
 * `InvalidQueryParameter`; a body that is too long `RequestEntityTooLarge`.
 */
export function parseParameters(form: string): ParameterNode {
  if (form.length > MAX_BODY_BYTES) throw tooLarge();
  const root: ParameterNode = { path: "", children: new Map() };
  let count = 0;
  for (const [name, value] of new URLSearchParams(form)) {
    count++;
    if (count > MAX_PARAMETERS) throw malformed(`it has more than ${MAX_PARAMETERS} parameters`);
    const node = nodeAt(root, name);
    if (node.value !== undefined) throw malformed(`the parameter ${shorten(name)} is in it twice`);
    node.value = value;
  }
  return root;
}

function nodeAt(root: ParameterNode, name: string): ParameterNode {
  if (name.length > MAX_NAME_LENGTH) throw malformed("the name of a parameter is too long");
  const parts = name.split(".");
  if (parts.length > MAX_DEPTH) throw malformed("the name of a parameter has too many parts");
  let node = root;
  for (const part of parts) {
    let next = node.children.get(part);
    if (next === undefined) {
      next = { path: node.path === "" ? part : `${node.path}.${part}`, children: new Map() };
      node.children.set(part, next);
    }
    node = next;
  }
  return node;
}

/** What comes from outside is repeated in messages, but not at any length. */
export const shorten = (text: string): string => (text.length <= 256 ? text : `${text.slice(0, 256)}…`);

const malformed = (why: string) =>
  new CloudError("InvalidQueryParameter", `The query string cannot be processed: ${why}.`);

export const tooLarge = () =>
  new CloudError("RequestEntityTooLarge", `A request has at most ${MAX_BODY_BYTES} bytes.`, { limit: MAX_BODY_BYTES });
