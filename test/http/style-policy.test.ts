import { expect, test } from "vitest";
import { allowsInlineStyle } from "../../src/features/markdown/directive.ts";

test.each([
  [undefined, true],
  ["", true],
  ["script-src 'self'", true],
  ["default-src 'self'", false],
  ["default-src 'self'; style-src 'unsafe-inline'", true],
  ["style-src 'unsafe-inline' 'nonce-abc'", false],
  ["style-src 'unsafe-inline' 'sha256-abc='", false],
  ["style-src 'self'; style-src-attr 'unsafe-inline'", true],
  ["style-src-attr 'none'; style-src 'unsafe-inline'", false],
  ["style-src 'unsafe-inline', default-src 'none'", false],
  ["STYLE-SRC 'Unsafe-Inline'", true],
  ["style-src 'unsafe-inline'; style-src 'none'", true],
])("a style attribute under %s: %s", (policies, allowed) => {
  expect(allowsInlineStyle(policies)).toBe(allowed);
});
