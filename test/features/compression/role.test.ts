import * as v from "valibot";
import { expect, test } from "vitest";
import { compressionOptions } from "../../../src/features/compression/policy.ts";
import { dictionaryCompiler } from "../../../src/features/compression/role.ts";

const MIB = 1024 * 1024;
const policyOf = (maxBytes: number) =>
  v.parse(compressionOptions, { dictionary: { match: "/models/*", maxBytes } });

test("content may have 128 MiB by a rule, 16 MiB in the automatic mode, and what the runtime takes", () => {
  const onNode = dictionaryCompiler()(policyOf(128 * MIB));
  expect([onNode?.policy.maxBytes, onNode?.automatic.maxBytes]).toEqual([128 * MIB, 16 * MIB]);
  const small = dictionaryCompiler(16 * MIB);
  expect(small(policyOf(128 * MIB))?.policy.maxBytes).toBe(16 * MIB);
  expect(small(policyOf(MIB))?.policy.maxBytes).toBe(MIB);
  expect(() => policyOf(128 * MIB + 1)).toThrow();
});
