/** Oldest first; what is of the same moment in the order of ids, so that it is the same after a reload. */
export const byAge =
  <T>(epochMs: (record: T) => number) =>
  ([idA, a]: readonly [string, T], [idB, b]: readonly [string, T]): number =>
    epochMs(a) - epochMs(b) || (idA < idB ? -1 : 1);
