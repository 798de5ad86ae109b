import { type BrowserContext, chromium, type Page } from "playwright";
import { CloudError } from "../base/errors.ts";
import type { RootKey } from "../cloud/access/cloud-access.ts";
import type { CloudOptions } from "../cloud/cloud-options.ts";
import type { StopProgress } from "../cloud/stop-all.ts";
import type { HttpRequest, HttpResponse } from "../ec2/http.ts";
import { printError } from "./command.ts";

/** The browser, and how it is started. */
export interface BrowserLaunch {
  readonly executablePath: string;
  readonly args: readonly string[];
}

export interface BrowserCloudOptions {
  readonly browser: BrowserLaunch;
  /** Folder of the browser's profile, where the disks are. */
  readonly profile: string;
  /** Port on 127.0.0.1 where the built page is served. */
  readonly pagePort: number;
  readonly root: RootKey;
  /** Whether EC2's limits of requests are kept. */
  readonly requestLimits: boolean;
}

/** An empty profile is made in seconds; a cloud of many instances opens in some more. */
const OPEN_MS = 120_000;

/**
 * The page's origin, whatever port it is served on: the disks belong to the origin, and must be there next time. The
 * browser takes *.localhost for a secure context (Secure Contexts §3.1).
 */
const PAGE_HOST = "tabvisor.localhost";

/** What the page has for us: `cloud.ec2` and the instances of its API. */
interface PageCloud {
  readonly ec2: {
    handle(request: object): Promise<{
      response: { statusCode: number; headers: Record<string, string>; body: Uint8Array };
    }>;
  };
  stopAll(told: (progress: StopProgress) => void): Promise<void>;
  dispose(): Promise<void>;
}
type PageGlobal = typeof globalThis & { tabvisor?: PageCloud };

/** What the page tells how far stopping has got. */
const TELL = "tabvisorStops";

/** The portal's page in a headless Chromium of our own, with real machines. */
export class BrowserCloud {
  /** Resolves with what happened when the browser or its page is gone without being told to. */
  readonly gone: Promise<CloudError>;
  readonly #context: BrowserContext;
  readonly #page: Page;
  #ended: CloudError | undefined;
  /** What rejects the calls that are under way. */
  readonly #waiting = new Set<(error: CloudError) => void>();

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.#page = page;
    page.on("pageerror", (error) => printError(`the page: ${error.message}`));
    this.gone = new Promise((resolve) => {
      const end = (what: string) => {
        this.#ended ??= new CloudError("Unavailable", what);
        for (const giveUp of this.#waiting) giveUp(this.#ended);
        resolve(this.#ended);
      };
      context.on("close", () =>
        end("The browser has ended, and the machines with it. Their disks are as they flushed them."),
      );
      page.on("crash", () =>
        end("The page has crashed, and the machines with it. Their disks are as they flushed them."),
      );
    });
  }

  /** Rejects with `Browser.NotStarted`, `Browser.ProfileInUse`, and `Browser.PageFailed` when the page opens no cloud. */
  static async start({ browser, profile, pagePort, root, requestLimits }: BrowserCloudOptions): Promise<BrowserCloud> {
    const context = await launch(browser, profile, pagePort);
    try {
      const options: CloudOptions = { rootKey: root, requestLimits };
      await context.addInitScript((tabvisorOptions) => Object.assign(globalThis, { tabvisorOptions }), options);
      const page = context.pages()[0] ?? (await context.newPage());
      const cloud = new BrowserCloud(context, page);
      await cloud.#open();
      return cloud;
    } catch (error) {
      await context.close();
      throw error;
    }
  }

  async #open(): Promise<void> {
    try {
      await this.#page.goto(`http://${PAGE_HOST}/`);
      await this.#page.waitForFunction(() => (globalThis as PageGlobal).tabvisor !== undefined, null, {
        timeout: OPEN_MS,
      });
    } catch (error) {
      const shown = await this.#page.innerText("body").catch(() => "");
      const text = `The page opened no cloud: ${(error as Error).message}${shown === "" ? "" : `\nIt shows: ${shown}`}`;
      throw new CloudError("Browser.PageFailed", text, {}, error);
    }
  }

  /** Has the page's endpoint answer a request. Rejects with `Unavailable` when the browser is gone. */
  async handle({ body, ...rest }: HttpRequest): Promise<HttpResponse> {
    // One character a byte: what goes to the page is JSON.
    const request = { ...rest, body: Buffer.from(body).toString("latin1") };
    const { status, headers, text } = await this.#inPage(async (sent) => {
      const cloud = (globalThis as PageGlobal).tabvisor;
      if (cloud === undefined) throw new Error("the page has no cloud");
      const bytes = Uint8Array.from(sent.body, (character) => character.charCodeAt(0));
      const { response } = await cloud.ec2.handle({ ...sent, body: bytes });
      return {
        status: response.statusCode,
        headers: response.headers,
        text: new TextDecoder().decode(response.body),
      };
    }, request);
    return { status, headers, body: new TextEncoder().encode(text) };
  }

  /** Stops the instances of all accounts and regions in order, and waits for them. */
  async stopAll(told: (progress: StopProgress) => void): Promise<void> {
    await this.#page.exposeFunction(TELL, told);
    await this.#inPage(async (name) => {
      const tell = (globalThis as unknown as Readonly<Record<string, (progress: StopProgress) => Promise<void>>>)[name];
      const telling: unknown[] = [];
      await (globalThis as PageGlobal).tabvisor?.stopAll((progress) => telling.push(tell?.(progress)));
      // All of it has been heard before anything is closed.
      await Promise.all(telling);
    }, TELL);
  }

  /** Flushes every disk, ends what still runs, and closes the browser. */
  async close(): Promise<void> {
    if (this.#ended === undefined) {
      this.#ended = new CloudError("Unavailable", "The endpoint is shutting down.");
      await this.#page.evaluate(async () => await (globalThis as PageGlobal).tabvisor?.dispose()).catch(printFailure);
    }
    await this.#context.close();
  }

  async #inPage<Arg, Result>(work: (arg: Arg) => Result | Promise<Result>, arg: Arg): Promise<Result> {
    if (this.#ended !== undefined) throw this.#ended;
    const call = this.#page.evaluate(work as never, arg) as Promise<Result>;
    return await new Promise<Result>((resolve, reject) => {
      // Playwright leaves calls into a page that has crashed without an answer.
      this.#waiting.add(reject);
      call.then(resolve, (error: unknown) => reject(this.#ended ?? error)).finally(() => this.#waiting.delete(reject));
    });
  }
}

const printFailure = (error: Error) => printError(`closing the cloud: ${error.message}`);

async function launch(browser: BrowserLaunch, profile: string, pagePort: number): Promise<BrowserContext> {
  try {
    return await chromium.launchPersistentContext(profile, {
      executablePath: browser.executablePath,
      args: [...browser.args, `--host-resolver-rules=MAP ${PAGE_HOST}:80 127.0.0.1:${pagePort}`],
      headless: true,
      // Ctrl-C is ours: the machines are stopped first.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } catch (error) {
    const { message } = error as Error;
    if (/ProcessSingleton|SingletonLock|profile.*in use/i.test(message)) {
      const text = `The data folder ${profile} is in use by another "npm run serve". End that one, or choose another folder with --data.`;
      throw new CloudError("Browser.ProfileInUse", text, { profile }, error);
    }
    throw new CloudError("Browser.NotStarted", `The browser could not be started. ${message}`, {}, error);
  }
}
