/** When and how v86 compiles guest code; chosen with `npm run bench jit`, which builds the product with others. */
export interface JitSettings {
  /** Instructions of a page that are interpreted before it is compiled, below 2²⁰. v86's is 200 000. */
  readonly threshold: number;
  /** Pages of guest code per compiled module: fewer compile sooner. v86's default is 3. */
  readonly maxPages: number;
  /** v86's default is 250. */
  readonly maxExtraBasicBlocks: number;
  /** Compile on this thread, at once, instead of waiting for the event loop to bring the result. */
  readonly synchronous: boolean;
}

export const JIT: JitSettings = { threshold: 500_000, maxPages: 1, maxExtraBasicBlocks: 250, synchronous: true };
