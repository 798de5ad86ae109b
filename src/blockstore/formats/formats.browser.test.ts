import { expect, it } from "vitest";
import { diskContent } from "./testing/disks.ts";
import { bytesSource, importAll } from "./testing/sources.ts";
import { type ExportFormat, exportImage } from "./write-image.ts";

const disk = Uint8Array.from({ length: 3_000_000 - 192 }, (_, i) => ((i >> 18) % 3 === 0 ? 0 : (i * i) >> 9));

it.each<ExportFormat>(["raw", "raw.zst", "qcow2"])("a browser exports and imports %s (I13)", async (format) => {
  const chunks: BlobPart[] = [];
  for await (const chunk of exportImage(format, diskContent(disk))) chunks.push(chunk.slice());
  const file = new Uint8Array(await new Blob(chunks).arrayBuffer());
  const image = await importAll(bytesSource(file));
  expect(image.format).toBe(format);
  expect(image.disk.every((byte, i) => byte === (disk[i] ?? 0))).toBe(true);
});

it("a browser imports raw.gz (I6)", async () => {
  const packed = new Blob([disk]).stream().pipeThrough(new CompressionStream("gzip"));
  const image = await importAll(bytesSource(new Uint8Array(await new Response(packed).arrayBuffer())));
  expect(image.format).toBe("raw.gz");
  expect(image.disk.every((byte, i) => byte === (disk[i] ?? 0))).toBe(true);
});
