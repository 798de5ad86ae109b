import { CloudError } from "../../../base/errors.ts";

/** IAM's codes, in IAM's words where they are known (IAM API Reference, "Common Errors" and the actions'). */
export const noSuchEntity = (text: string, name: string): CloudError => new CloudError("NoSuchEntity", text, { name });

export const alreadyExists = (text: string, name: string): CloudError =>
  new CloudError("EntityAlreadyExists", text, { name });

/** What has to go first. */
export const deleteConflict = (must: string, name: string): CloudError =>
  new CloudError("DeleteConflict", `Cannot delete entity, must ${must} first.`, { name });

export const attachedConflict = (arn: string): CloudError =>
  new CloudError("DeleteConflict", "Cannot delete a policy attached to entities.", { name: arn });

export const limitExceeded = (text: string, limit: number): CloudError =>
  new CloudError("LimitExceeded", text, { limit });

export const invalid = (text: string, value: string): CloudError => new CloudError("ValidationError", text, { value });
