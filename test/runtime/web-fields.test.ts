import { afterEach, expect, test, vi } from "vitest";
import { FetchedResponse } from "../../src/runtime/web/body.ts";
import { BorrowedHeaders, HeadersFields } from "../../src/runtime/web/fields.ts";
import { WebRequest } from "../../src/runtime/web/request.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const RECEIVED: readonly (readonly [string, string])[] = [
  ["Cache-Control", "no-store"],
  ["Link", "</a>; rel=next"],
  ["Link", "</b>; rel=prev"],
  ["Set-Cookie", "a=1"],
  ["Set-Cookie", "b=2"],
  ["Vary", "accept"],
];

const headersOf = (): Headers => new Headers(RECEIVED.map(([name, value]) => [name, value]));
const NAMES = ["cache-control", "etag", "link", "set-cookie", "vary"];

/** Edits, each of one field. */
const EDITS: readonly ((fields: Pick<Headers, "set" | "append" | "delete">) => void)[] = [
  (fields) => fields.set("etag", '"1"'),
  (fields) => fields.append("vary", "cookie"),
  (fields) => fields.append("etag", '"2"'),
  (fields) => fields.append("set-cookie", "c=3"),
  (fields) => fields.delete("link"),
  (fields) => fields.set("set-cookie", "d=4"),
  (fields) => fields.delete("etag"),
  (fields) => fields.append("link", "</c>"),
];

test.each([0, 1, 4])(
  "fields are those of a Headers after each edit, if read from edit %i",
  (first) => {
    const oracle = headersOf();
    const fields = new HeadersFields(new BorrowedHeaders(headersOf()));
    for (const [i, edit] of EDITS.entries()) {
      edit(oracle);
      edit(fields);
      if (i < first) continue;
      for (const name of NAMES) expect(fields.get(name), name).toBe(oracle.get(name) ?? undefined);
      expect([...fields.lines()]).toEqual([...oracle]);
    }
  },
);

test("an edit changes the response that is sent, and never the one that was fetched", () => {
  const response = new Response("content", { status: 201, headers: headersOf() });
  const fetched = new FetchedResponse(response);
  const fields = new HeadersFields(fetched);
  expect(fields.get("vary")).toBe("accept");
  fields.delete("absent");
  expect(fetched.response).toBe(response);
  fields.deleteAll((name) => name === "link");
  fields.set("vary", "origin");
  expect([fields.get("link"), fields.get("vary")]).toEqual([undefined, "origin"]);
  expect([response.headers.get("link"), response.headers.get("vary")]).toEqual([
    "</a>; rel=next, </b>; rel=prev",
    "accept",
  ]);
  const { status, headers } = fetched.response;
  expect([status, headers.get("link"), headers.get("vary")]).toEqual([201, null, "origin"]);
});

test("the fields of a request and a response are read in one pass each", () => {
  const get = vi.spyOn(Headers.prototype, "get");
  const has = vi.spyOn(Headers.prototype, "has");
  const each = vi.spyOn(Headers.prototype, "forEach");
  const request = new WebRequest(new Request("https://site.example/a?b", { headers: headersOf() }));
  for (const name of NAMES) request.field(name);
  const fields = new HeadersFields(new FetchedResponse(new Response("", { headers: headersOf() })));
  for (const name of NAMES) fields.get(name);
  fields.delete("absent");
  expect([get, has, each].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 2]);
  expect(request.parts).toEqual({ scheme: "https", host: "site.example", target: "/a?b" });
});
