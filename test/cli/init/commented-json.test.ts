import { parse } from "jsonc-parser";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { plainObject, writeCommented } from "../../../src/cli/init/commented-json.ts";

it("writes any text so that a parser reads it back, in strings and beside comments", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, text, text, (key, value, why) => {
      const members = [{ key: `k${key}`, value: plainObject({ value }), why }];
      const errors: unknown[] = [];
      const read: unknown = parse(writeCommented(why, members), errors as [], {
        allowTrailingComma: true,
      });
      expect(errors).toEqual([]);
      expect(read).toEqual({ [`k${key}`]: { value } });
    }),
  );
});

it("shows characters without a look of their own as escapes", () => {
  const written = writeCommented("", [{ key: "a", value: "x\u{E0041}\u202E" }]);
  expect(written).toContain(String.raw`"x\udb40\udc41\u202e"`);
});
