import type * as v from "valibot";

// biome-ignore lint/suspicious/noExplicitAny: valibot's own generic bound for "any schema".
type AnySchema = v.GenericSchema<any, any>;

/** One method that one thread offers another. */
export interface MethodContract {
  /** A tuple schema: what the caller may send. Checked on arrival. */
  readonly args: AnySchema;
  /** What comes back. Checked on arrival. */
  readonly result: AnySchema;
  /** The caller gives up after so long, in ms. `undefined`: no deadline (the caller holds another means to stop it). */
  readonly deadlineMs: number | undefined;
  /** Array buffers in the result are moved, not copied. The callee must not use them again. */
  readonly transferResult?: boolean;
}

export type Contract = Readonly<Record<string, MethodContract>>;

type Args<M extends MethodContract> =
  v.InferOutput<M["args"]> extends readonly unknown[] ? v.InferOutput<M["args"]> : never;

/** The callee's side of a contract. */
export type Implementation<C extends Contract> = {
  [K in keyof C]: (...args: Args<C[K]>) => Promise<v.InferOutput<C[K]["result"]>> | v.InferOutput<C[K]["result"]>;
};

/** The caller's side of a contract. */
export type Client<C extends Contract> = {
  [K in keyof C]: (...args: Args<C[K]>) => Promise<v.InferOutput<C[K]["result"]>>;
};
