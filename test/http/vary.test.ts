import { describe, expect, test } from "vitest";
import { FieldList } from "../../src/http/fields.ts";
import { mergeVary, variesOn } from "../../src/http/vary.ts";

function merged(vary: readonly string[], names: readonly string[]): string | undefined {
  const fields = FieldList.from(vary.flatMap((value) => ["Vary", value]));
  mergeVary(fields, names);
  return fields.get("vary");
}

describe("mergeVary", () => {
  test("sets the field if there is none", () => {
    expect(merged([], ["Accept"])).toBe("Accept");
  });

  test("adds nothing that is there already, in any case", () => {
    expect(merged(["accept, Cookie"], ["Accept", "Accept-Encoding"])).toBe(
      "accept, Cookie, Accept-Encoding",
    );
    expect(merged(["Accept"], ["accept", "ACCEPT"])).toBe("Accept");
  });

  test("joins several lines", () => {
    expect(merged(["A", "B"], ["C"])).toBe("A, B, C");
  });

  test("leaves an asterisk alone, in company too", () => {
    expect(merged(["*"], ["Accept"])).toBe("*");
    expect(merged(["Cookie, *"], ["Accept"])).toBe("Cookie, *");
  });

  test("treats an empty field as absent", () => {
    expect(merged([""], ["Accept"])).toBe("Accept");
    expect(merged([], [])).toBeUndefined();
  });
});

describe("variesOn", () => {
  test("finds a member in any case, and treats an asterisk as all", () => {
    expect(variesOn(FieldList.from(["Vary", "accept , COOKIE"]), "Cookie")).toBe(true);
    expect(variesOn(FieldList.from(["Vary", "Accept", "Vary", "*"]), "cookie")).toBe(true);
    expect(variesOn(FieldList.from(["Vary", "X-Cookie"]), "cookie")).toBe(false);
    expect(variesOn(new FieldList(), "cookie")).toBe(false);
  });
});
