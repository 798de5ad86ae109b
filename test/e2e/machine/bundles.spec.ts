import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CloudPage, expect, test } from "./fixtures.ts";

const ASSETS = join(import.meta.dirname, "..", "..", "..", "dist", "assets");

type Api = typeof import("../../../src/api/index.ts");

/** The built API, for clouds beside the portal's. */
const api = () => `../assets/${readdirSync(ASSETS).find((name) => /^api-.*\.js$/.test(name))}`;

/** An image of a guest with a file in its root and one on a second disk; gives their hashes. */
async function madeImage(cloud: CloudPage): Promise<string> {
  const id = await cloud.launchOne({ blockDevices: [{ device: "/dev/sdf", ebs: { sizeGiB: 1 } }] });
  await cloud.run(id, "mke2fs -q /dev/vdb >&2; mount /dev/vdb /mnt");
  await cloud.run(id, "head -c 3000000 /dev/urandom > /root/file; head -c 2000000 /dev/urandom > /mnt/file; sync");
  const hashes = await cloud.run(id, "sha256sum /root/file /mnt/file");
  await cloud.act(id, "stop");
  await cloud.page.evaluate(async (instanceId) => {
    await tabvisor.images.createFromInstance({ instanceId, name: "web" });
  }, id);
  return hashes;
}

/** Writes the bundle as the browser streams it into a file here, and gives the folder that `tar` makes of it. */
async function exported(cloud: CloudPage): Promise<{ tar: string; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  const tar = join(folder, "web.tar");
  const base64 = await cloud.page.evaluate(async () => {
    const blob = await new Response(await tabvisor.images.exportBundle("web")).blob();
    const reader = new FileReader();
    return await new Promise<string>((resolve) => {
      reader.onload = () => resolve((reader.result as string).split(",")[1] ?? "");
      reader.readAsDataURL(blob);
    });
  });
  writeFileSync(tar, Buffer.from(base64, "base64"));
  execFileSync("tar", ["-C", folder, "-xf", tar]);
  return { tar, folder };
}

/** Launches in a cloud of another name; gives the hashes of the files and how large the image is said to be. */
const launchElsewhere = (
  cloud: CloudPage,
  options: { name: string; images?: string[]; imagesUrl?: string; warmUp?: boolean },
  image: string,
) =>
  cloud.page.evaluate(
    async ([module, wanted, name]) => {
      const { openCloud } = (await import(new URL(module, `${location.href}x/`).href)) as Api;
      const other = await openCloud(wanted);
      const [vm] = await other.instances.launch({ image: name, type: "v1.small" });
      await vm?.ready();
      const outcome = await vm?.exec("mount /dev/vdb /mnt && sha256sum /root/file /mnt/file");
      const kind = (await other.images.get(name)).kind;
      await other.dispose();
      return { hashes: outcome?.stdout.trim(), kind };
    },
    [api(), options, image] as const,
  );

test.describe("image bundles, with real guests", () => {
  let files = "";
  test.afterEach(() => rmSync(files, { recursive: true, force: true }));

  test("F30 an image goes through a tar file into another cloud, and launches there off line", async ({ cloud }) => {
    await cloud.open();
    const hashes = await madeImage(cloud);
    const { folder, tar } = await exported(cloud);
    files = folder;
    expect(readdirSync(folder).sort()).toEqual([
      "bios.bin",
      "bzImage",
      "chunks",
      "image.json",
      "vgabios.bin",
      "web.tar",
    ]);
    await cloud.page.evaluate(() => {
      const field = document.createElement("input");
      field.type = "file";
      field.id = "bundle";
      document.body.append(field);
    });
    await cloud.page.locator("#bundle").setInputFiles(tar);
    const progress = await cloud.page.evaluate(async (module) => {
      const { openCloud } = (await import(new URL(module, `${location.href}x/`).href)) as Api;
      const other = await openCloud({ name: "other" });
      const source = document.querySelector<HTMLInputElement>("#bundle")?.files?.[0] as File;
      const told: number[] = [];
      const onProgress = ({ doneBytes, totalBytes }: { doneBytes: number; totalBytes: number | null }) =>
        void told.push(doneBytes / (totalBytes ?? 0));
      await other.images.importBundle({ source, name: "carried", onProgress });
      await other.storage.evictImageCache();
      await other.dispose();
      return told;
    }, api());
    expect(progress.at(-1)).toBe(1);
    expect(progress.every((share, i) => i === 0 || share >= (progress[i - 1] ?? 0))).toBe(true);
    // Neither chunks nor a kernel can be had from anywhere now, but for the list of images.
    cloud.host.fault = async (path) => (/chunks\/|bzImage/.test(path) ? null : undefined);
    expect(await launchElsewhere(cloud, { name: "other", warmUp: false }, "carried")).toEqual({
      hashes,
      kind: "own",
    });
  });

  test("F30 an unpacked bundle is an image that any static host serves, with all its volumes", async ({ cloud }) => {
    test.skip(process.env.TABVISOR_FULL === undefined, "half a minute; the way through a tar file is always tested");
    await cloud.open();
    const hashes = await madeImage(cloud);
    const { folder } = await exported(cloud);
    files = folder;
    for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (/^(image\.json|bzImage|.*\.bin|chunks\/.+)$/.test(path))
        cloud.host.added.set(`bundles/web/${path}`, readFileSync(join(folder, path)));
    }
    const options = { name: "served", imagesUrl: `${cloud.host.url}bundles/`, images: ["web"] };
    expect(await launchElsewhere(cloud, options, "web")).toEqual({ hashes, kind: "embedded" });
    // And it is imported from there, unless a chunk is not what it should be.
    const code = (fault: string) =>
      cloud.codeOf(`await tabvisor.images.importBundle({ source: "${cloud.host.url}bundles/web", name: "${fault}" })`);
    expect(await code("fetched")).toBe("resolved");
    const chunk = [...cloud.host.added.keys()].find((path) => path.includes("chunks/")) as string;
    const content = cloud.host.added.get(chunk) as Buffer;
    cloud.host.added.set(chunk, Buffer.from(content.map((byte, i) => (i === 40 ? byte ^ 1 : byte))));
    expect(await code("damaged")).toBe("Image.ChunkCorrupt");
    cloud.host.added.delete(chunk);
    expect(await code("incomplete")).toBe("Image.ChunkUnavailable");
    expect(await cloud.codeOf(ELSEWHERE)).toBe("Image.SourceUnavailable");
  });
});

const ELSEWHERE = `await tabvisor.images.importBundle({ source: "https://example.org/web/", name: "elsewhere" })`;
