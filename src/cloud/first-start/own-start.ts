import * as v from "valibot";
import { CloudError } from "../../base/errors.ts";

/**
 * The first start of an image that does it by itself, from the metadata service (`firstStart` in its image.json): by
 * cloud-init, or by what has cloud-init's files, as `tiny` has. What such a guest promises:
 * - `/run/cloud-init/enabled` is there from before its agent is, when it is going to ask the service at this boot;
 * - `/run/cloud-init/result.json` is there when that is over, however it ended;
 * - `/var/lib/cloud/instances/ID/sem/config_scripts_user` is there once it has done all that the instance ID was given.
 */

/** What the guest answers first, when it has done all of it by itself. */
const DONE = "done";

/**
 * Waits in the guest until its own first start is over, however long user data takes, and prints `DONE` and how it went;
 * or nothing: then it is for the agent, because it has not been done, or has been by the agent at an earlier boot. It is
 * looked at often while somebody may wait for it, and then seldom.
 */
export const awaitOwnStart = (instanceId: string): string => `
run=/run/cloud-init
base=/var/lib/cloud/instances/${instanceId}
often=100
while [ -e $run/enabled ] && [ ! -e $run/result.json ]; do
  if [ $often -gt 0 ]; then often=$((often - 1)); sleep 0.1; else sleep 1; fi
done
[ ! -e "$base/sem/first-start" ] && [ -e "$base/sem/config_scripts_user" ] || exit 0
echo ${DONE}
cat $run/result.json`;

/** What of cloud-init's result.json counts. */
const resultSchema = v.object({ v1: v.object({ datasource: v.string(), errors: v.array(v.string()) }) });

/** How the guest's own first start went. */
export type OwnStart =
  /** It has not done it: it is for the agent. */
  | { readonly done: false }
  /** With what went wrong at this boot. */
  | { readonly done: true; readonly errors: readonly string[] };

/** Reads what `awaitOwnStart` has printed. What is not as cloud-init writes it is `FirstStart.Failed`. */
export function readOwnStart(printed: string): OwnStart {
  const [word, ...rest] = printed.split("\n");
  if (word !== DONE) return { done: false };
  const text = rest.join("\n").trim();
  // Done at an earlier boot, and nobody asked at this one.
  if (text === "") return { done: true, errors: [] };
  const { datasource, errors } = parseResult(text).v1;
  // Where the service did not answer, nothing that it has can have gone wrong.
  return { done: true, errors: datasource.startsWith("DataSourceNone") ? [] : errors };
}

function parseResult(text: string): v.InferOutput<typeof resultSchema> {
  try {
    return v.parse(resultSchema, JSON.parse(text));
  } catch (error) {
    const message = `The guest's /run/cloud-init/result.json cannot be read: ${(error as Error).message}`;
    throw new CloudError("FirstStart.Failed", message, {}, error);
  }
}
