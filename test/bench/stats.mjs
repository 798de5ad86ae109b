/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** 3 significant digits, enough for figures that a noisy machine gives. */
export const round = (value) => (value === 0 || !Number.isFinite(value) ? value : Number(value.toPrecision(3)));
