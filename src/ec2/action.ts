import type { StaticOperationSchema } from "@smithy/types";
import type { Breather } from "../base/breather.ts";
import type { Clock } from "../base/clock.ts";
import type { Caller } from "../cloud/access/caller.ts";
import type { CloudResources, SeenResources } from "../cloud/assembly.ts";
import { type Accepted, checkAccepted } from "./accepted.ts";
import type { Pages } from "./pages.ts";
import type { Missing } from "./wire/decode.ts";
import { type Operation, operationOf } from "./wire/shape.ts";

/** The cloud that the actions act on: what there is for the caller. */
export type Ec2Cloud = Omit<SeenResources, "billing">;

/** The whole of it. */
export type WholeCloud = Ec2Cloud & Pick<CloudResources, "access" | "seenBy">;

export interface ActionContext {
  /** As the caller's account and region have it. */
  readonly cloud: Ec2Cloud;
  readonly caller: Caller;
  readonly pages: Pages;
  readonly clock: Clock;
  /** For what is done a thousand times. */
  readonly breather: Breather;
}

/** One of EC2's actions. */
export interface Action {
  readonly operation: Operation;
  readonly missing: Missing;
  /** Throws for parameters that it does not take. Changes nothing. */
  check(input: object): void;
  run(input: object, context: ActionContext): Promise<object>;
  /** Throws what would go wrong with it, as far as that is looked at for DryRun beside what it names. Changes nothing. */
  rehearse(input: object, context: ActionContext): Promise<void>;
}

/**
 * Declares an action by the SDK's schema. `accepts` says which parameters it takes; `DryRun` is taken by all of them,
 * before they run.
 */
export function defineAction<Input extends object, Output extends object>(
  schema: StaticOperationSchema,
  accepts: Accepted<Omit<Input, "DryRun">>,
  run: (input: Input, context: ActionContext) => Output | Promise<Output>,
  missing: Missing = {},
  rehearse: (input: Input, context: ActionContext) => void | Promise<void> = () => {},
): Action {
  return {
    operation: operationOf(schema),
    missing,
    check: (input) => checkAccepted(input, { ...accepts, DryRun: true }),
    run: async (input, context) => await run(input as Input, context),
    rehearse: async (input, context) => await rehearse(input as Input, context),
  };
}
