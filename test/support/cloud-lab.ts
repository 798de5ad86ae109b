import { seededRandom } from "../../src/base/random.ts";
import { MemoryDirectory } from "../../src/blockstore/bundle/testing/memory-directory.ts";
import { assemble, type CloudResources } from "../../src/cloud/assembly.ts";
import type { Limits } from "../../src/cloud/capacity.ts";
import type { PacketNetwork } from "../../src/cloud/network/network-in-force.ts";
import { SimulatedBlockStore } from "../../src/simulation/simulated-block-store.ts";
import { SimulatedMachines } from "../../src/simulation/simulated-machine.ts";
import { MemoryDisk } from "../../src/store/memory-store.ts";
import { recordStore } from "../../src/store/records.ts";
import { FakeClock } from "./fake-clock.ts";
import { imageManifest } from "./image-manifest.ts";

const LIMITS: Limits = { maxInstances: 5, maxMemoryMiB: 1250 };

/** What a cloud stands on in tests of the control plane: nothing of it runs or stores for real. */
export class CloudLab {
  readonly disk = new MemoryDisk();
  readonly clock = new FakeClock();
  readonly machines = new SimulatedMachines();
  readonly blocks = new SimulatedBlockStore();
  /** What the server has for `image.json`, or why it cannot be had. */
  imageJson: string | Error = JSON.stringify(imageManifest());
  /** The server's catalogue; null: it has none. */
  catalogueJson: string | Error | null = null;
  /** What it has for `image.json` in other folders than the first image's; null: it has none there. */
  readonly otherImages: Record<string, string | null> = {};
  limits = LIMITS;
  /** Where packets would pass: nowhere, unless a test says so. */
  packets: PacketNetwork | undefined;
  /** What the browser says of its storage, and how often it was asked to keep it. */
  readonly browser = { usage: 0, quota: 2 ** 34, persisted: false, asked: 0, folder: new MemoryDirectory() };
  /** The browser says nothing of its storage, and nobody looks after it every half minute of a test's days. */
  silentBrowser = false;
  #seed = 1;

  constructor() {
    this.machines.blockStore = this.blocks;
  }

  #serve(url: string): Response {
    const folder = url.split("/").at(-2) ?? "";
    const other = this.otherImages[folder];
    const file = url.endsWith("/catalogue.json") ? this.catalogueJson : other === undefined ? this.imageJson : other;
    if (file instanceof Error) throw file;
    return file === null ? new Response(null, { status: 404 }) : new Response(file);
  }

  /** Opens the cloud as a page does; opening it again is a reload. */
  async open(): Promise<CloudResources> {
    const cloud = assemble({
      database: "cloud",
      records: recordStore(await this.disk.open("cloud")),
      machines: this.machines,
      ...(this.packets !== undefined && { packets: this.packets }),
      volumeClient: async () => this.blocks.client,
      imagesUrl: "https://example.test/images/",
      images: {
        fetch: async (url) => this.#serve(String(url)),
      },
      limits: this.limits,
      storage: this.silentBrowser
        ? {}
        : {
            getDirectory: async () => this.browser.folder.handle,
            estimate: async () => ({ usage: this.browser.usage, quota: this.browser.quota }),
            persisted: async () => this.browser.persisted,
            persist: async () => {
              this.browser.asked++;
              this.browser.persisted = true;
              return true;
            },
          },
      ...(this.silentBrowser && { seenEveryMs: 3_600_000 }),
      clock: this.clock,
      random: seededRandom(this.#seed++),
    });
    await cloud.load();
    return cloud;
  }
}
