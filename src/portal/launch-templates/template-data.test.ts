import { describe, expect, it } from "vitest";
import { dataOfFields, fieldsOfData, NO_FIELDS } from "./template-data.ts";

describe("the fields of a launch template", () => {
  it("F12: say what is filled in, and nothing else", () => {
    expect(dataOfFields(NO_FIELDS)).toEqual({ image: "tiny" });
    expect(
      dataOfFields({ image: "", type: "v1.nano", keyName: "k", userData: "#!", more: '{"tags":{"a":"b"}}' }),
    ).toEqual({
      type: "v1.nano",
      keyName: "k",
      userData: "#!",
      tags: { a: "b" },
    });
  });

  it("F12: come back from the data", () => {
    const data = { image: "tiny", userData: new TextEncoder().encode("#!/bin/sh"), disableApiStop: true };
    expect(fieldsOfData(data)).toEqual({ ...NO_FIELDS, userData: "#!/bin/sh", more: '{\n  "disableApiStop": true\n}' });
    expect(dataOfFields(fieldsOfData(data))).toEqual({ ...data, userData: "#!/bin/sh" });
  });

  it.each(["[1]", "x", "null"])("F12: %s is no data", (more) => {
    expect(() => dataOfFields({ ...NO_FIELDS, more })).toThrow("Not an object in JSON");
  });
});
