import { expect, it } from "vitest";
import { parseHttpDate } from "../../src/http/http-date.ts";

const TIME = Date.UTC(1994, 10, 6, 8, 49, 37);

it.each([
  ["Sun, 06 Nov 1994 08:49:37 GMT", TIME],
  ["Sunday, 06-Nov-94 08:49:37 GMT", TIME],
  ["Sun Nov  6 08:49:37 1994", TIME],
  ["Sun, 06 Nov 1994 08:49:37 UTC", undefined],
  ["Sun, 06 Nov 1994 08:49:37", undefined],
  ["Sun, 06 Foo 1994 08:49:37 GMT", undefined],
  ["Sun, 41 Nov 1994 08:49:37 GMT", undefined],
  ["1994", undefined],
  ["9999", undefined],
  ["", undefined],
  ["not a date", undefined],
])("reads %j as RFC 9110 §5.6.7 has it", (text, time) => {
  expect(parseHttpDate(text)).toBe(time);
});
