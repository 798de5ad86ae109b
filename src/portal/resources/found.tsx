import { CloudError } from "../../base/errors.ts";
import { NotFound } from "../shell/not-found.tsx";

/** What `get` gives, or null where there is no such thing. That one may not see it is thrown on. */
export function found<T>(get: () => T): T | null {
  try {
    return get();
  } catch (thrown) {
    if (thrown instanceof CloudError && /\.(NotFound|Malformed)$/.test(thrown.code)) return null;
    throw thrown;
  }
}

/** The page of a resource that there is not. */
export function NoSuch({ noun, id }: { noun: string; id: string }) {
  return (
    <NotFound
      title={`There is no such ${noun}`}
      text={`No ${noun} here has the ID “${id}”. It may have been deleted, or live in another browser.`}
    />
  );
}
