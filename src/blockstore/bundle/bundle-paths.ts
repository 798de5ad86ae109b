import { CloudError, type ErrorDetails } from "../../base/errors.ts";

/** The file that says what an image is made of. */
export const MANIFEST_PATH = "image.json";
export const chunkPath = (sha256: string): string => `chunks/${sha256}`;

/** Of `image.json`: 65 536 chunks of sixteen disks fit, and memory is not filled by a file that only says it is one. */
export const MAX_MANIFEST_BYTES = 64 << 20;

/** What comes as a bundle is none, or has something in it that none has. */
export function malformedBundle(what: string, details: ErrorDetails = {}, cause?: unknown): CloudError {
  const message = `This is not an image bundle: ${what}. Export it again, or choose what an export has written.`;
  return new CloudError("Image.BundleMalformed", message, details, cause);
}

/**
 * A path as a container names it, without "./" and folders' last slash; "" for the container's own folder. What leads out
 * of the container, or is no plain path, is `Image.BundleMalformed`: nothing of it is looked at.
 */
export function bundlePath(path: string): string {
  const parts = path.split("/").filter((part, index) => part !== "." && (part !== "" || index === 0));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  if (path.startsWith("/") || parts.includes("..") || /[\\\u0000-\u001f]|^[A-Za-z]:/.test(path)) {
    throw malformedBundle(`it has a file named ${JSON.stringify(path)}, which leads out of it`, { path });
  }
  return parts.join("/");
}

/** The folder of the one `image.json` among these paths: "" or ends in a slash. */
export function bundleRoot(paths: Iterable<string>): string {
  const found = [...paths].filter((path) => path === MANIFEST_PATH || path.endsWith(`/${MANIFEST_PATH}`));
  const depth = (path: string) => path.split("/").length;
  const [first, second] = found.sort((a, b) => depth(a) - depth(b));
  if (first === undefined) throw malformedBundle(`there is no ${MANIFEST_PATH} in it`);
  if (second !== undefined && depth(second) === depth(first)) {
    throw malformedBundle(`there are several images in it: ${first} and ${second}`, { paths: [first, second] });
  }
  return first.slice(0, -MANIFEST_PATH.length);
}
