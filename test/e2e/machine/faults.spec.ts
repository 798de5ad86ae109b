import type { CloudPage } from "./fixtures.ts";
import { expect, namedWorker, test } from "./fixtures.ts";

const isChunk = (path: string) => /images\/tiny\/chunks\//.test(path);

/** Launches and gives how it ended: running and ready, or the reason why not. */
async function outcome(cloud: CloudPage): Promise<{ id: string; code: string }> {
  return await cloud.page.evaluate(async () => {
    const [vm] = await tabvisor.instances.launch({ image: "tiny", type: "v1.small" });
    if (vm === undefined) throw new Error("nothing was launched");
    try {
      await vm.ready({ timeoutMs: 60_000 });
      return { id: vm.id, code: "ready" };
    } catch (error) {
      return { id: vm.id, code: (error as { code: string }).code };
    }
  });
}

test.describe("an image that is not as it should be", () => {
  test("an altered chunk is an I/O error in the guest and a clear status, never zeros", async ({ cloud, host }) => {
    host.fault = async (path, content) => {
      if (!isChunk(path)) return undefined;
      const bytes = await content();
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0xff;
      return bytes;
    };
    await cloud.open();
    const { id, code } = await outcome(cloud);
    expect(code).not.toBe("ready");
    const facts = await cloud.facts(id);
    expect(`${facts.text} ${facts.statusReason?.message ?? ""}`).toMatch(/Image\.Chunk/);
  });

  test("a truncated chunk and a missing chunk are told as well", async ({ cloud, host }) => {
    test.skip(process.env.TABVISOR_FULL === undefined, "each is asked for again, for half a minute");
    host.fault = async (path, content) => (isChunk(path) ? (await content()).subarray(0, 100) : undefined);
    await cloud.open();
    const truncated = await outcome(cloud);
    expect(truncated.code).not.toBe("ready");
    expect((await cloud.facts(truncated.id)).text).toMatch(/Image\.Chunk/);
    host.fault = async (path) => (isChunk(path) ? null : undefined);
    const missing = await outcome(cloud);
    expect(missing.code).not.toBe("ready");
    expect((await cloud.facts(missing.id)).text).toMatch(/Image\.Chunk/);
  });

  test("a kernel that is altered or missing terminates the launch with the reason", async ({ cloud, host }) => {
    host.fault = async (path, content) => {
      if (!path.endsWith("bzImage")) return undefined;
      const bytes = await content();
      bytes[1000] = (bytes[1000] ?? 0) ^ 1;
      return bytes;
    };
    await cloud.open();
    const { id, code } = await outcome(cloud);
    expect(code).toMatch(/^Image\./);
    expect((await cloud.facts(id)).state).toBe("terminated");
  });

  test("a server that fails for a moment is asked again", async ({ cloud, host }) => {
    const failed = new Set<string>();
    host.fault = async (path) => {
      if (!isChunk(path) || failed.has(path)) return undefined;
      failed.add(path);
      return null;
    };
    await cloud.open();
    expect((await outcome(cloud)).code).toBe("ready");
    expect(failed.size).toBeGreaterThan(0);
  });

  test("a manifest that is malformed is a typed error at launch", async ({ cloud, host }) => {
    host.fault = async (path) =>
      path.endsWith("image.json") ? Buffer.from('{"formatVersion":1,"name":"tiny"}') : undefined;
    await cloud.open();
    expect(await cloud.codeOf('await tabvisor.instances.launch({ image: "tiny" })')).toBe("Image.ManifestMalformed");
  });

  test("some seconds after an instance is up, it needs no server any more", async ({ cloud, host }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    const manifest = await cloud.page.evaluate(async () => await (await fetch("images/tiny/image.json")).json());
    const chunks = manifest.disk.chunks.flatMap((chunk: { sha256: string } | null) => (chunk ? [chunk.sha256] : []));
    const missing = () => chunks.filter((sha256: string) => !host.requests.some((path) => path.endsWith(sha256)));
    expect(missing().length).toBeGreaterThan(0);
    await expect.poll(missing, { timeout: 60_000 }).toEqual([]);
    await cloud.page.waitForTimeout(1000);
    host.down = true;
    expect(await cloud.run(id, "cat /dev/vda | wc -c")).toBe(String(64 * 2 ** 20));
  });

  test("once everything is cached, a launch works with the server gone", async ({ cloud, host }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    await cloud.run(id, "cat /dev/vda > /dev/null");
    host.down = true;
    const second = await cloud.launchOne();
    expect(await cloud.run(second, "cat /dev/vda | wc -c")).toBe(String(64 * 2 ** 20));
  });
});

test.describe("a worker for volumes that dies", () => {
  test("is replaced; what it was doing is told as failed, or done", async ({ cloud, page }) => {
    await cloud.open();
    await page.evaluate(() => tabvisor.volumes.create({ sizeGiB: 1, name: "before" }));
    const worker = await namedWorker(page, "tabvisor volumes");
    const importing = page.evaluate(async () => {
      const endless = new Blob(Array.from({ length: 64 }, () => crypto.getRandomValues(new Uint8Array(65_536))));
      const whole = new Blob(Array.from({ length: 64 }, () => endless));
      try {
        await tabvisor.snapshots.import({ source: whole });
        return "completed";
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
    await page.waitForTimeout(300);
    await worker.evaluate(() => globalThis.close());
    expect(await importing).toBe("Worker.Gone");
    const name = await page.evaluate(async () => (await tabvisor.volumes.create({ sizeGiB: 1, name: "after" })).name);
    expect(name).toBe("after");
    const states = await page.evaluate(() => tabvisor.snapshots.list().map(({ state }) => state));
    expect(states).toEqual(["error"]);
  });
});

test.describe("a browser that refuses", () => {
  test("IndexedDB refused is a clear page, not a blank one", async ({ cloud, page }) => {
    await page.addInitScript(() => {
      Object.defineProperty(IDBFactory.prototype, "open", {
        value() {
          throw new DOMException("refused", "SecurityError");
        },
      });
    });
    await page.goto(cloud.host.url);
    await expect(page.getByText("Store.Unavailable").first()).toBeVisible({ timeout: 15_000 });
  });

  test("IndexedDB full: the guest gets an error, the instance says why, and nothing acknowledged is lost", async ({
    cloud,
    page,
    context,
    host,
  }) => {
    const client = await context.newCDPSession(page);
    const origin = new URL(host.url).origin;
    await client.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 24 * 2 ** 20 });
    await cloud.open();
    const id = await cloud.launchOne({ rootVolumeGiB: 1 });
    await cloud.run(id, "echo before > /root/before; sync");
    const write = await cloud.exec(id, "dd if=/dev/urandom of=/root/big bs=1M count=60 conv=fsync");
    expect(write.exitCode).not.toBe(0);
    const code = async () => {
      const { statusReason, reason } = await cloud.facts(id);
      return statusReason?.code ?? reason;
    };
    await expect.poll(code).toMatch(/Quota/);
    await client.send("Storage.overrideQuotaForOrigin", { origin });
    // Chromium goes by its last look at the free space for half a minute.
    await page.waitForTimeout(31_000);
    await cloud.reload();
    await cloud.act(id, "start");
    await cloud.ready(id);
    expect(await cloud.run(id, "cat /root/before")).toBe("before");
    await cloud.run(id, "rm -f /root/big; echo after > /root/after; sync");
    expect(await cloud.run(id, "cat /root/after")).toBe("after");
  });

  test("a database taken away under us fails writes visibly; none is acknowledged", async ({
    cloud,
    page,
    context,
  }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    await cloud.run(id, "echo kept > /root/kept; sync");
    const client = await context.newCDPSession(page);
    await client.send("Storage.clearDataForOrigin", {
      origin: new URL(cloud.host.url).origin,
      storageTypes: "indexeddb",
    });
    const write = await cloud.exec(id, "dd if=/dev/urandom of=/root/new bs=1M count=4 conv=fsync");
    expect(write.exitCode).not.toBe(0);
    await expect
      .poll(async () => (await cloud.facts(id)).statusReason?.code ?? (await cloud.facts(id)).reason)
      .toMatch(/^Store\./);
  });
});
