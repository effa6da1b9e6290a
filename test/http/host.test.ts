import { expect, test } from "vitest";
import { isHost } from "../../src/runtime/public-url.ts";

test.each([
  "a",
  "www.example.com",
  "a.example:8080",
  "a_b.internal",
  "127.0.0.1:80",
  "[::1]",
  "a.",
])("%s is a host", (text) => expect(isHost(text)).toBe(true));

test.each([
  "",
  'a",for=6.6.6.6;host="b',
  "a,b",
  "a;b",
  "a=b",
  "a b",
  "a@b",
  "a/b",
  "a%41",
  "a'b",
  "a\\b",
  "a:b",
  "a:123456",
  "[::1",
  "caf\xe9.example",
])("%j is none", (text) => expect(isHost(text)).toBe(false));
