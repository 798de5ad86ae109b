import type { Event } from "../../base/event.ts";
import type { ImageCatalogue } from "../images/image-catalogue.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import type { DiskContext } from "../volumes/disk-context.ts";
import type { Estimate, EstimateRequest, PriceTable, UsageQuery, UsageRow } from "./billing-info.ts";
import type { Books } from "./books.ts";
import { estimate } from "./estimate.ts";
import { usageCsv } from "./usage-csv.ts";
import { checkQuery, sumUp } from "./usage-query.ts";

const QUERY: Parameters<UsageQuery> = { from: true, to: true, groupBy: true, service: true, resourceId: true };

/** What there is to pay, in play money, as the public API shows it: `api/billing-types.ts`. */
export class CloudBilling {
  readonly #books: Books;
  readonly #disks: DiskContext;
  readonly #images: ImageCatalogue;
  /** Fires after usage has begun or ended, or prices have changed. Usage that goes on grows without it. */
  readonly onChange: Event<void>;

  constructor(books: Books, disks: DiskContext, images: ImageCatalogue) {
    this.#books = books;
    this.#disks = disks;
    this.#images = images;
    this.onChange = books.onChange;
  }

  get prices(): PriceTable {
    return this.#books.table;
  }

  async setPrices(prices: Readonly<Record<string, number>>): Promise<void> {
    await this.#books.setPrices(prices);
  }

  async usage(query: UsageQuery = {}): Promise<UsageRow[]> {
    checkParameters(query, QUERY);
    const checked = checkQuery(query, this.#books.now());
    const usage = this.#books.usage(checked.from, checked.to, checked.groupBy.includes("day"));
    return sumUp(usage, checked, this.#disks.view);
  }

  async cost(query: Omit<UsageQuery, "groupBy"> = {}): Promise<{ currency: string; cost: number }> {
    const rows = await this.usage({ ...query, groupBy: [] });
    return { currency: this.prices.currency, cost: rows.reduce((sum, row) => sum + row.cost, 0) };
  }

  async exportCsv(query: UsageQuery = {}): Promise<string> {
    return usageCsv(await this.usage(query), this.prices.currency);
  }

  async estimate(request: EstimateRequest): Promise<Estimate> {
    return await estimate(request, { disks: this.#disks, images: this.#images, table: this.prices });
  }
}
