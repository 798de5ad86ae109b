import { CloudError } from "../../base/errors.ts";
import { userDataOf } from "../first-start/launch-delivery.ts";
import { LAUNCH } from "../launch-request.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import type { LaunchTemplateData } from "./launch-template-info.ts";

const { count: _c, minCount: _m, clientToken: _t, launchTemplate: _l, password: _p, ...rest } = LAUNCH;
/** What of a launch can stand in a template. */
export const TEMPLATE_DATA: Parameters<LaunchTemplateData> = rest;

const MAX_DESCRIPTION = 255;

/** Only what could not be read later is refused: a template may name what there is not yet, as in EC2. */
export function checkData(data: LaunchTemplateData): void {
  checkParameters(data, TEMPLATE_DATA);
  if (Object.keys(data).length === 0) {
    const text = "The launch template data is empty: it must have one parameter at least.";
    throw new CloudError("MissingParameter", text, { parameter: "data" });
  }
  userDataOf(data.userData);
}

export function checkName(name: string): void {
  if (typeof name === "string" && /^[a-zA-Z0-9().\-/_]{3,128}$/.test(name)) return;
  const text =
    "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _.";
  throw new CloudError("InvalidLaunchTemplateName.MalformedException", text);
}

export function checkDescription(description: string): void {
  if (typeof description === "string" && description.length <= MAX_DESCRIPTION) return;
  const text = `The description has at most ${MAX_DESCRIPTION} characters.`;
  throw new CloudError("InvalidParameterValue", text, { parameter: "description" });
}
