import { CloudError } from "../../base/errors.ts";
import { accessOf, isActionName, type TouchedResource } from "../policy/index.ts";
import type { Surroundings } from "./touch.ts";
import { TOUCHES } from "./touches.ts";

/** Everything that a call touches. Throws `InternalError` for an action that does not say so: it cannot be authorized. */
export async function touchedBy(action: string, input: object, at: Surroundings): Promise<readonly TouchedResource[]> {
  if (!isActionName(action)) throw unknown(action, "action-table.ts");
  if (Object.keys(accessOf(action)).length === 0) return [];
  const touch = TOUCHES[action];
  if (touch === undefined) throw unknown(action, "gate/touches.ts");
  return await touch(input, at);
}

const unknown = (action: string, table: string) =>
  new CloudError("InternalError", `What ${action} touches is not known: it belongs into ${table}.`, { action });
