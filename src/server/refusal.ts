import { CloudError } from "../base/errors.ts";

/** What the server refuses before EC2's endpoint sees it. */
export class Refusal extends CloudError {
  /** HTTP's. */
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(code, message);
    this.status = status;
  }
}
