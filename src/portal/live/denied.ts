import { CloudError } from "../../base/errors.ts";

/** Says that whoever works here may not do it: EC2's and IAM's codes, and that of a key that is no longer good. */
export const isDenied = (thrown: unknown): thrown is CloudError =>
  thrown instanceof CloudError && ["UnauthorizedOperation", "AccessDenied", "AuthFailure"].includes(thrown.code);

/** A list, or `otherwise` where it may not be seen: for what is beside a page, which says why by itself. */
export function unlessDenied<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (thrown) {
    if (isDenied(thrown)) return otherwise;
    throw thrown;
  }
}
