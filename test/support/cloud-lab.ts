import { seededRandom } from "../../src/base/random.ts";
import { assemble, type CloudResources } from "../../src/cloud/assembly.ts";
import type { Limits } from "../../src/cloud/capacity.ts";
import { SimulatedBlockStore } from "../../src/simulation/simulated-block-store.ts";
import { SimulatedMachines } from "../../src/simulation/simulated-machine.ts";
import { MemoryDisk } from "../../src/store/memory-store.ts";
import { recordStore } from "../../src/store/records.ts";
import { FakeClock } from "./fake-clock.ts";
import { imageManifest } from "./image-manifest.ts";

const LIMITS: Limits = { maxInstances: 5, maxMemoryMiB: 1024 };

/** What a cloud stands on in tests of the control plane: nothing of it runs or stores for real. */
export class CloudLab {
  readonly disk = new MemoryDisk();
  readonly clock = new FakeClock();
  readonly machines = new SimulatedMachines();
  readonly blocks = new SimulatedBlockStore();
  /** What the server has for `image.json`, or why it cannot be had. */
  imageJson: string | Error = JSON.stringify(imageManifest());
  limits = LIMITS;
  /** What the browser says of its storage, and how often it was asked to keep it. */
  readonly browser = { usage: 0, quota: 2 ** 34, persisted: false, asked: 0 };
  /** The browser says nothing of its storage: then nobody asks every half minute of a test's days. */
  silentBrowser = false;
  #seed = 1;

  constructor() {
    this.machines.blockStore = this.blocks;
  }

  /** Opens the cloud as a page does; opening it again is a reload. */
  async open(): Promise<CloudResources> {
    const cloud = assemble({
      database: "cloud",
      records: recordStore(await this.disk.open("cloud")),
      machines: this.machines,
      volumeClient: async () => this.blocks.client,
      imagesUrl: "https://example.test/images/",
      images: {
        fetch: async () => {
          if (this.imageJson instanceof Error) throw this.imageJson;
          return new Response(this.imageJson);
        },
      },
      limits: this.limits,
      storage: this.silentBrowser
        ? {}
        : {
            estimate: async () => ({ usage: this.browser.usage, quota: this.browser.quota }),
            persisted: async () => this.browser.persisted,
            persist: async () => {
              this.browser.asked++;
              this.browser.persisted = true;
              return true;
            },
          },
      clock: this.clock,
      random: seededRandom(this.#seed++),
    });
    await cloud.load();
    return cloud;
  }
}
