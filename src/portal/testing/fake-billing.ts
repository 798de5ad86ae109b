import type { Billing, Estimate, EstimateRequest, PriceTable, UsageQuery, UsageRow } from "../../api/billing-types.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";

const DAY_MS = 86_400_000;
const EMPTY: UsageRow = {
  day: null,
  accountId: null,
  region: null,
  service: null,
  usageType: null,
  resourceId: null,
  name: null,
  unit: null,
  amount: null,
  instanceSeconds: 0,
  cost: 0,
};

/** A bill that only pretends: the same for whatever it is asked. */
export class FakeBilling implements Billing {
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  prices: PriceTable = { currency: "USD", prices: { "BoxUsage:v1.micro": 0.0104, "EBS:VolumeUsage.gp3": 0.08 } };

  async setPrices(prices: Readonly<Record<string, number>>): Promise<void> {
    this.prices = { ...this.prices, prices: { ...this.prices.prices, ...prices } };
    this.#changed.fire();
  }

  async usage({ groupBy = [] }: UsageQuery = {}): Promise<UsageRow[]> {
    if (groupBy.includes("day")) return this.#days();
    const shared = { ...EMPTY, accountId: "123456789012", region: "us-east-1" };
    const instance = { service: "instance", usageType: "BoxUsage:v1.micro", unit: "Hrs", amount: 72 } as const;
    const volume = { service: "volume", usageType: "EBS:VolumeUsage.gp3", unit: "GB-Mo", amount: 0.8 } as const;
    return [
      {
        ...shared,
        ...instance,
        resourceId: "i-00000000000000001",
        name: "web-1",
        instanceSeconds: 259_200,
        cost: 0.7488,
      },
      { ...shared, ...volume, resourceId: "vol-00000000000000001", name: "", cost: 0.064 },
    ];
  }

  async cost(): Promise<{ currency: string; cost: number }> {
    return { currency: "USD", cost: 0.8128 };
  }

  async exportCsv(): Promise<string> {
    return "Day\r\n";
  }

  async estimate(request: EstimateRequest): Promise<Estimate> {
    if ("volume" in request && !(request.volume.sizeGiB > 0)) {
      throw new CloudError("InvalidParameterValue", "No size");
    }
    const item = { usageType: "BoxUsage:v1.micro", unit: "Hrs", amount: 1, price: 0.0104 } as const;
    return { currency: "USD", perHour: 0.0104, perMonth: 0, items: [item] };
  }

  #days(): UsageRow[] {
    return [2, 1, 0].flatMap((ago) => {
      const day = new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);
      return [
        { ...EMPTY, day, service: "instance", unit: "Hrs", amount: 24, cost: 0.2496 },
        { ...EMPTY, day, service: "volume", unit: "GB-Mo", amount: 0.27, cost: 0.0213 },
      ];
    });
  }
}
