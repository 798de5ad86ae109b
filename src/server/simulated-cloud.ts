import { readFile } from "node:fs/promises";
import { join, normalize, sep } from "node:path";
import { systemClock } from "../base/clock.ts";
import { systemRandom } from "../base/random.ts";
import type { RootKey } from "../cloud/access/cloud-access.ts";
import { assemble, type CloudResources } from "../cloud/assembly.ts";
import type { Limits } from "../cloud/capacity.ts";
import { Ec2Endpoint } from "../ec2/endpoint.ts";
import type { HttpRequest, HttpResponse } from "../ec2/http.ts";
import { SimulatedBlockStore } from "../simulation/simulated-block-store.ts";
import { SimulatedMachines } from "../simulation/simulated-machine.ts";
import { MemoryDisk } from "../store/memory-store.ts";
import { recordStore } from "../store/records.ts";

export interface SimulatedCloudOptions {
  /** The project's folder of images: a folder each, with the image in `dist`. */
  readonly imagesFolder: string;
  /** More public images, which are the first one under other ids. */
  readonly moreImageIds: readonly string[];
  readonly root: RootKey;
  /** Whether EC2's limits of requests are kept. */
  readonly requestLimits: boolean;
}

/** Nothing runs, so nothing runs out. */
const LIMITS: Limits = { maxInstances: 10_000, maxMemoryMiB: Number.MAX_SAFE_INTEGER };

/** Where the catalogue thinks that the images are: nothing is fetched from there. */
const IMAGES_URL = "http://tabvisor.localhost/images/";

interface Opened {
  readonly cloud: CloudResources;
  readonly endpoint: Ec2Endpoint;
}

/** A cloud whose machines are simulated and whose records are in memory: EC2's control plane, for tests of tools. */
export class SimulatedCloud {
  readonly #options: SimulatedCloudOptions;
  #opened: Promise<Opened>;
  readonly #underWay = new Set<Promise<unknown>>();

  private constructor(options: SimulatedCloudOptions) {
    this.#options = options;
    this.#opened = open(options);
  }

  static async open(options: SimulatedCloudOptions): Promise<SimulatedCloud> {
    const simulated = new SimulatedCloud(options);
    await simulated.#opened;
    return simulated;
  }

  async handle(request: HttpRequest): Promise<HttpResponse> {
    const { endpoint } = await this.#opened;
    const answer = endpoint.handle(request);
    this.#underWay.add(answer);
    return await answer.finally(() => this.#underWay.delete(answer));
  }

  /** Begins anew with nothing. Requests that come meanwhile wait; those under way are answered as if they came before. */
  async reset(): Promise<void> {
    const before = this.#opened;
    const next = before.then(async ({ cloud }) => {
      await Promise.allSettled(this.#underWay);
      cloud.dispose();
      return await open(this.#options);
    });
    this.#opened = next;
    await next;
  }

  async close(): Promise<void> {
    (await this.#opened).cloud.dispose();
  }
}

async function open({ imagesFolder, moreImageIds, root, requestLimits }: SimulatedCloudOptions): Promise<Opened> {
  const machines = new SimulatedMachines();
  const blocks = new SimulatedBlockStore();
  machines.blockStore = blocks;
  const cloud = assemble({
    database: "simulated",
    records: recordStore(await new MemoryDisk().open("simulated")),
    machines,
    volumeClient: async () => blocks.client,
    imagesUrl: IMAGES_URL,
    images: { fetch: async (url) => await readImageFile(imagesFolder, String(url)), moreIds: moreImageIds },
    limits: LIMITS,
    rootKey: root,
    clock: systemClock,
    random: systemRandom,
  });
  await cloud.load();
  return {
    cloud,
    endpoint: new Ec2Endpoint({ cloud, clock: systemClock, random: systemRandom, throttling: requestLimits }),
  };
}

/** As the page's server has it: images/NAME/… is the folder NAME/dist. */
async function readImageFile(folder: string, url: string): Promise<Response> {
  const [name = "", ...rest] = decodeURIComponent(new URL(url).pathname).replace("/images/", "").split("/");
  const file = rest.length === 0 ? join(folder, name) : normalize(join(folder, name, "dist", ...rest));
  if (!file.startsWith(folder + sep)) return new Response(null, { status: 404 });
  try {
    return new Response(await readFile(file));
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return new Response(null, { status: 404 });
    throw error;
  }
}
