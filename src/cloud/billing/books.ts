import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { Emitter } from "../../base/event.ts";
import { reportBackground } from "../background.ts";
import type { PriceTable } from "./billing-info.ts";
import { Ledger } from "./ledger.ts";
import { Meter, type MeterOptions } from "./meter.ts";
import { DAY_MS, type Usage } from "./periods.ts";
import { DEFAULT_PRICES, withPrices } from "./prices.ts";
import { pricesRecord } from "./usage-records.ts";

const TABLE = "table";

export type BooksOptions = Omit<MeterOptions, "ledger" | "prices">;

/** What one cloud keeps of what there is to pay: the ledger, who writes it, and the prices. */
export class Books implements Disposable {
  readonly #options: BooksOptions;
  readonly #ledger: Ledger;
  readonly #meter: Meter;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<void>());
  #table = DEFAULT_PRICES;
  #timer: (() => void) | undefined;

  constructor(options: BooksOptions) {
    this.#options = options;
    this.#ledger = new Ledger(options.registry.records, options.clock);
    this.#owned.add(this.#ledger.onChange(() => this.#changed.fire()));
    this.#meter = this.#owned.add(new Meter({ ...options, ledger: this.#ledger, prices: () => this.#table }));
    this.#owned.defer(() => this.#timer?.());
  }

  /** Fires after usage has begun or ended, or prices have changed. */
  readonly onChange = this.#changed.event;

  get table(): PriceTable {
    return this.#table;
  }

  /** Epoch ms. */
  now(): number {
    return this.#options.clock.now();
  }

  /** Ends what an earlier page left open, and begins to count. The resources are loaded. */
  async load(): Promise<void> {
    const [stored] = await Promise.all([this.#records.get(pricesRecord, TABLE), this.#ledger.load()]);
    if (stored !== undefined) {
      this.#table = { ...DEFAULT_PRICES, prices: { ...DEFAULT_PRICES.prices, ...stored.prices } };
    }
    this.#meter.start();
    this.#compactDaily();
  }

  /** Resolves when all that is known is stored, or could not be. */
  async flush(): Promise<void> {
    await this.#ledger.flush();
  }

  usage(from: number, to: number, byDay: boolean): Iterable<Usage> {
    return this.#ledger.usage(from, to, byDay);
  }

  /** What goes on costs them from now on. Throws `InvalidParameterValue`. */
  async setPrices(prices: Readonly<Record<string, number>>): Promise<void> {
    const table = withPrices(this.#table, prices);
    await this.#records.commit([this.#records.put(pricesRecord, TABLE, { prices: { ...table.prices } })]);
    this.#table = table;
    this.#meter.reprice();
    await this.flush();
    this.#changed.fire();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  get #records() {
    return this.#options.registry.records;
  }

  #compactDaily(): void {
    if (this.#owned.isDisposed) return;
    this.#ledger.compact().catch(reportBackground);
    this.#timer = this.#options.clock.setTimer(DAY_MS, () => this.#compactDaily());
  }
}
