import { fromBase64 } from "../../base/bytes.ts";
import { CloudError } from "../../base/errors.ts";

/** EC2 User Guide, "User data": before it is encoded. */
const MAX_BYTES = 16_384;

/** Throws `InvalidUserData.Malformed` for what is not base64, `InvalidParameterValue` for more than 16 KiB (F11). */
export function checkUserData(userData: string | null | undefined): void {
  if (userData === null || userData === undefined) return;
  const bytes = sizeOfBase64(userData);
  if (bytes === undefined) {
    throw new CloudError("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
  }
  if (bytes > MAX_BYTES) {
    const text = `User data is limited to ${MAX_BYTES} bytes`;
    throw new CloudError("InvalidParameterValue", text, { bytes, limit: MAX_BYTES });
  }
}

const sizeOfBase64 = (text: unknown): number | undefined =>
  typeof text === "string" ? fromBase64(text)?.length : undefined;
