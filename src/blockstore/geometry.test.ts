import { expect, it } from "vitest";
import { IMAGE_BLOCK_BYTES, MAX_IMAGE_BYTES } from "./formats/index.ts";
import { BLOCK_BYTES, MAX_VOLUME_BYTES } from "./geometry.ts";

it("blocks are those of the block store, and disks no larger than volumes (I1)", () => {
  expect(IMAGE_BLOCK_BYTES).toBe(BLOCK_BYTES);
  expect(MAX_IMAGE_BYTES).toBe(MAX_VOLUME_BYTES);
});
