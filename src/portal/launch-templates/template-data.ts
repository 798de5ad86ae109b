import type { LaunchTemplateData } from "../../api/types.ts";
import { CloudError } from "../../base/errors.ts";

/** What most templates say; the rest is JSON. */
export interface TemplateFields {
  readonly image: string;
  readonly type: string;
  readonly keyName: string;
  readonly userData: string;
  /** Everything else of a launch, as JSON. */
  readonly more: string;
}

export const NO_FIELDS: TemplateFields = { image: "tiny", type: "", keyName: "", userData: "", more: "" };

/** Throws `InvalidParameterValue` for JSON that is none. */
export function dataOfFields({ image, type, keyName, userData, more }: TemplateFields): LaunchTemplateData {
  return {
    ...(image !== "" && { image }),
    ...(type !== "" && { type }),
    ...(keyName !== "" && { keyName }),
    ...(userData.trim() !== "" && { userData }),
    ...objectOf(more),
  };
}

export function fieldsOfData({ image, type, keyName, userData, ...more }: LaunchTemplateData): TemplateFields {
  const bytes = userData instanceof Uint8Array ? new TextDecoder().decode(userData) : userData;
  return {
    image: image ?? "",
    type: type ?? "",
    keyName: keyName ?? "",
    userData: bytes ?? "",
    more: Object.keys(more).length === 0 ? "" : JSON.stringify(more, null, 2),
  };
}

function objectOf(json: string): LaunchTemplateData {
  if (json.trim() === "") return {};
  const wrong = (why: string) => new CloudError("InvalidParameterValue", `Not an object in JSON: ${why}`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw wrong((error as Error).message);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong("it is something else.");
  return value;
}
