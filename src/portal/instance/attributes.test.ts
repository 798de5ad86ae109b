import { describe, expect, it } from "vitest";
import { API_DEFAULTS, changesOf, valuesOf } from "./attributes.ts";

describe("an instance's attributes", () => {
  it("F19 F21 asks for what has changed, and for nothing else", () => {
    expect(changesOf(API_DEFAULTS, API_DEFAULTS, "ebs")).toEqual({});
    const after = { ...API_DEFAULTS, shutdown: "terminate", protectStop: true, recover: true } as const;
    expect(changesOf(API_DEFAULTS, after, "ebs")).toEqual({
      instanceInitiatedShutdownBehavior: "terminate",
      disableApiStop: true,
      maintenanceOptions: { autoRecovery: "default" },
    });
    expect(changesOf(after, API_DEFAULTS, "ebs")).toEqual({
      instanceInitiatedShutdownBehavior: "stop",
      disableApiStop: false,
      maintenanceOptions: { autoRecovery: "disabled" },
    });
  });

  it("F22 does not ask for what a root on an instance store does not have", () => {
    const after = { ...API_DEFAULTS, shutdown: "terminate", protectStop: true, protectTermination: true } as const;
    expect(changesOf(API_DEFAULTS, after, "instance-store")).toEqual({ disableApiTermination: true });
  });

  it("F13 reads what an instance has", () => {
    const attributes = {
      instanceInitiatedShutdownBehavior: "terminate",
      disableApiTermination: true,
      disableApiStop: false,
      sourceDestCheck: true,
      autoRecovery: "default",
      metadataOptions: {
        httpTokens: "required",
        httpPutResponseHopLimit: 1,
        httpEndpoint: "enabled",
        httpProtocolIpv6: "disabled",
        instanceMetadataTags: "enabled",
      },
    } as const;
    expect(valuesOf({ attributes })).toEqual({
      shutdown: "terminate",
      protectTermination: true,
      protectStop: false,
      recover: true,
      requireTokens: true,
      metadataTags: true,
    });
  });
});
