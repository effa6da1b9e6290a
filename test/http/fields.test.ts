import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FieldList } from "../../src/http/fields.ts";

describe("FieldList", () => {
  test("combines the lines of a field in order, whatever their spelling", () => {
    const fields = FieldList.from(["Accept", "a", "X", "1", "ACCEPT", "b", "accept", ""]);
    expect(fields.get("accept")).toBe("a, b, ");
    expect(fields.get("x")).toBe("1");
  });

  test("distinguishes an empty value from an absent field", () => {
    const fields = FieldList.from(["X-Empty", ""]);
    expect(fields.get("x-empty")).toBe("");
    expect(fields.get("x-absent")).toBeUndefined();
  });

  test("set replaces every line by one, in the place of the first", () => {
    const fields = FieldList.from(["A", "1", "Vary", "x", "B", "2", "vary", "y", "VARY", "z"]);
    fields.set("vary", "new");
    expect([...fields.lines()]).toEqual([
      ["A", "1"],
      ["Vary", "new"],
      ["B", "2"],
    ]);
  });

  test("delete removes the first line as well as later ones", () => {
    const fields = FieldList.from(["E", "1", "A", "2", "e", "3"]);
    fields.delete("e");
    expect(fields.flat()).toEqual(["A", "2"]);
    fields.delete("e");
    expect(fields.flat()).toEqual(["A", "2"]);
  });

  test("names of Object.prototype are fields like any other", () => {
    const fields = FieldList.from(["__proto__", "1"]);
    expect(fields.get("constructor")).toBeUndefined();
    expect(fields.get("__proto__")).toBe("1");
  });

  test("omits the fields that the caller drops, by lower-case name", () => {
    const fields = FieldList.from(["Keep", "1", "DROP", "2"], (name) => name === "drop");
    expect(fields.flat()).toEqual(["Keep", "1"]);
  });

  test("a copy does not share lines with its original", () => {
    const flat = ["A", "1"];
    const fields = FieldList.from(flat);
    fields.set("a", "2");
    expect(flat).toEqual(["A", "1"]);
  });

  test("agrees with a list of lines under any sequence of edits", () => {
    const name = fc.constantFrom("a", "b", "c");
    const edit = fc.oneof(
      fc.record({ op: fc.constant("set" as const), name, value: fc.string({ maxLength: 3 }) }),
      fc.record({ op: fc.constant("append" as const), name, value: fc.string({ maxLength: 3 }) }),
      fc.record({ op: fc.constant("delete" as const), name, value: fc.constant("") }),
    );
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
        const fields = new FieldList();
        let model: [string, string][] = [];
        for (const { op, name, value } of edits) {
          const at = model.findIndex(([each]) => each === name);
          if (op === "append" || (op === "set" && at === -1)) model.push([name, value]);
          else if (op === "delete") model = model.filter(([each]) => each !== name);
          else {
            model[at] = [name, value];
            model = model.filter(([each], i) => each !== name || i === at);
          }
          if (op === "delete") fields.delete(name);
          else fields[op](name, value);
        }
        expect([...fields.lines()]).toEqual(model);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
