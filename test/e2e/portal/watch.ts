import type { BrowserContext, Page } from "@playwright/test";

/**
 * Writes down whatever should never happen while the portal is used: an error in the console, an uncaught error, a
 * violation of the policy, a request to another origin.
 */
export class Watch {
  readonly #problems: string[] = [];
  readonly #allowed: RegExp[] = [];
  readonly #origin: string;

  constructor(url: string) {
    this.#origin = new URL(url).origin;
  }

  /** What went wrong, but for what was allowed. */
  get problems(): string[] {
    return this.#problems.filter((problem) => !this.#allowed.some((pattern) => pattern.test(problem)));
  }

  /** Problems that a test brings about on purpose. */
  allow(pattern: RegExp): void {
    this.#allowed.push(pattern);
  }

  async watchContext(context: BrowserContext): Promise<void> {
    context.on("request", (request) => {
      const url = new URL(request.url());
      const isLocal = url.protocol === "blob:" || url.protocol === "data:" || url.origin === this.#origin;
      if (!isLocal) this.#problems.push(`request to another origin: ${request.url()}`);
    });
    await context.exposeBinding("reportViolation", (_source, text: string) => {
      this.#problems.push(`policy violation: ${text}`);
    });
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        const report = (globalThis as unknown as { reportViolation(text: string): void }).reportViolation;
        report(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
      });
    });
    context.on("page", (page) => this.#watchPage(page));
    for (const page of context.pages()) this.#watchPage(page);
  }

  #watchPage(page: Page): void {
    page.on("pageerror", (error) => this.#problems.push(`uncaught: ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.#problems.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
  }
}
